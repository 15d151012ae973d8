/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Says of the PCIe root port at addr 6.0 that what is behind it was plugged in
 * from outside: Linux then trusts no device there ("DMA protection",
 * drivers/pci/pci-acpi.c reads the property ExternalFacingPort).
 */
DefinitionBlock ("", "SSDT", 2, "IOBNCE", "EXTPORT", 1)
{
	External (\_SB.PCI0.S30, DeviceObj)

	Scope (\_SB.PCI0.S30)
	{
		Name (_DSD, Package ()
		{
			ToUUID ("efcc06cc-73ac-4bc3-bff0-76143807c389"),
			Package ()
			{
				Package () { "ExternalFacingPort", 1 },
				Package () { "UID", 0 }
			}
		})
	}
}
