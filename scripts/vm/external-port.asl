/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Says of the PCIe root ports at addr 6.0 and 7.0 that what is behind them was plugged in
 * from outside: Linux then trusts no device there ("DMA protection",
 * drivers/pci/pci-acpi.c reads the property ExternalFacingPort).
 */
DefinitionBlock ("", "SSDT", 2, "IOBNCE", "EXTPORT", 1)
{
	External (\_SB.PCI0.S30, DeviceObj)
	External (\_SB.PCI0.S38, DeviceObj)

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

	Scope (\_SB.PCI0.S38)
	{
		Name (_DSD, Package ()
		{
			ToUUID ("efcc06cc-73ac-4bc3-bff0-76143807c389"),
			Package ()
			{
				Package () { "ExternalFacingPort", 1 },
				Package () { "UID", 1 }
			}
		})
	}
}
