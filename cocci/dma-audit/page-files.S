/* SPDX-License-Identifier: GPL-2.0 */
/* The files that the HTML page is made of, each as a string. */

.macro file name, path
	.global \name
\name:	.incbin "\path"
	.byte 0
.endm

	.section .rodata
	file page_html, "cocci/dma-audit/page.html"
	file page_css, "cocci/dma-audit/page.css"
	file page_js, "cocci/dma-audit/page.js"

	.section .note.GNU-stack, "", @progbits
