/* Trap 9: memory that is filled before it is mapped and then the device's alone. */

static int core_load_firmware(struct core *c, const struct firmware *fw)
{
	c->image_dma = dma_map_single(c->dev, c->image, fw->size, DMA_TO_DEVICE); /* device-only */
	return dma_mapping_error(c->dev, c->image_dma);
}

static void core_unload(struct core *c)
{
	dma_unmap_single(c->dev, c->image_dma, c->size, DMA_TO_DEVICE);
}
