/* It knows where the header is kept. The other page, s->backing_page, has another name. */

static u32 store_read(struct store *s)
{
	u32 *header = page_address(s->header_page);

	return *header;
}
