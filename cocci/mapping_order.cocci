// SPDX-License-Identifier: GPL-2.0
/// Find buffers that CPU and device use in the wrong order. What the CPU writes
/// after dma_map_single(..., DMA_TO_DEVICE) does not reach the device without
/// dma_sync_single_for_device(), and what the device wrote does not reach the
/// CPU before dma_unmap_single() or dma_sync_single_for_cpu(): neither where
/// caches are not coherent nor where the DMA layer bounces.
///
//# Each function is looked at alone, along its paths, and a buffer is known by
//# the way it is written. dma_map_page() and lists give no address that a later
//# statement could use and are not followed; a use is a statement that reads,
//# writes, frees or hands up the buffer by itself, not through other functions.
//# Patch mode puts an unmap before the statement that frees, where the two stand
//# side by side; where the filling of a buffer belongs is for the author to say.
//
// Confidence: Moderate
// Options: --no-includes --include-headers
// Requires: 1.1.0
// Keywords: dma_map_single, dma_unmap_single, dma_sync_single_for_device

virtual report
virtual context
virtual patch
virtual org
virtual facts

@initialize:python@
@@
found = set()		# places of uses that were told
modes = set()

def note(what, use, buffer, call):
    place = (use.file, use.line, use.column)
    if place in found:
        return
    found.add(place)
    buffer = " ".join(buffer.split())
    if "facts" in modes:
        print("@\t" + use.file)
        print("\t".join(["W", use.current_element, use.line, str(int(use.column) + 1),
                         what, buffer, call.line]))
        return
    if what == "filled-after-map":
        text = "%s is written after it was mapped for the device in line %s, with no dma_sync_single_for_device()"
    else:
        text = "%s is used before the unmap in line %s brings in what the device wrote, with no dma_sync_single_for_cpu()"
    text %= (buffer, call.line)
    if "report" in modes:
        coccilib.report.print_report(use, "WARNING: " + text)
    if "org" in modes:
        coccilib.org.print_todo(use, text)

@script:python depends on report@
@@
modes.add("report")

@script:python depends on org@
@@
modes.add("org")

@script:python depends on facts@
@@
modes.add("facts")

// Filled after it was mapped. What ends the search comes first: from there on
// the buffer is another one, the device is done, or somebody has taken care.

@mapped@
expression dev, buf, n;
identifier map =~ "^(ib_)?dma_map_single(_attrs)?$";
position p;
@@
map@p(dev, buf, n, \(DMA_TO_DEVICE\|DMA_BIDIRECTIONAL\), ...)

@filled exists@
position mapped.p, w;
identifier mapped.map;
expression mapped.buf, mapped.n, sub <= mapped.buf, e, i;
identifier m, l;
identifier fill =~ "^(memcpy|memmove|memset|memset32|memcpy_fromio|memcpy_and_pad|(__)?copy_from_user|strn?cpy|strscpy|v?s[cn]*printf|get_random_bytes)$";
identifier end =~ "^((ib_)?dma_unmap_|(ib_)?dma_sync_|wait_|kfree|kvfree|dev_kfree_skb)";
identifier sync =~ "^(ib_)?dma_sync_.*_for_device$";
expression list es;
@@
map@p(..., buf, ...)
...
(
 sub = e
|
 sub++
|
 ++sub
|
 sub--
|
 --sub
|
 sub += e
|
 sub -= e
|
 end(es)
|
 fill(buf + n, ...)
|
 fill@w(\(buf\|buf + e\|&buf[...]\|&buf->m\), ...)
|
 \(buf->m\|buf[i]\|*buf\|buf->m.l\|buf->m[i]\|buf->m[i].l\|buf[i].l\) =@w e
|
 \(buf->m\|buf[i]\|*buf\|buf->m.l\|buf->m[i]\|buf->m[i].l\|buf[i].l\) |=@w e
)
... when != sync(es)
    when any

@script:python@
p << mapped.p;
b << mapped.buf;
w << filled.w;
@@
note("filled-after-map", w[0], b, p[0])

// Read, freed or handed up before the unmap of the same function's mapping.

@fetched@
expression dev, buf, n, h;
identifier map =~ "^(ib_)?dma_map_single(_attrs)?$";
position p;
@@
h = map@p(dev, buf, n, \(DMA_FROM_DEVICE\|DMA_BIDIRECTIONAL\), ...)

@looked exists@
position fetched.p, w, u;
identifier fetched.map;
expression fetched.buf, fetched.h, sub <= fetched.buf, part <= fetched.h, e, x, i, n, dev;
identifier m;
identifier gone =~ "^(kfree|kvfree|kfree_sensitive|free_pages?|netif_rx|netif_receive_skb|napi_gro_receive|eth_type_trans|(dev_)?k?free_skb(_any|_irq)?)$";
identifier copy =~ "^(memcpy|memmove|memcmp|(__)?copy_to_user|skb_put_data|skb_copy_to_linear_data)$";
identifier end =~ "^((ib_)?dma_unmap_|(ib_)?dma_sync_.*_for_cpu$)";
identifier unmap =~ "^(ib_)?dma_unmap_single(_attrs)?$";
expression list es;
@@
h = map@p(dev, buf, ...)
...
(
 sub = e
|
 sub++
|
 ++sub
|
 sub--
|
 --sub
|
 end(es)
|
 gone@w(buf, ...)
|
 copy@w(e, \(buf\|buf + e\|&buf[...]\|&buf->m\), ...)
|
 x =@w \(buf->m\|buf[i]\|*buf\)
)
... when != end(es)
    when != part = e
    when != part++
    when != ++part
    when != part--
    when != --part
unmap@u(dev, h, n, ...)

@script:python@
b << fetched.buf;
w << looked.w;
u << looked.u;
@@
note("used-before-unmap", w[0], b, u[0])

// The same where one member keeps the buffer and another one its mapping.

@kept disable ptr_to_array@
expression E, dev, n;
identifier b, h;
identifier map =~ "^(ib_)?dma_map_single(_attrs)?$";
@@
(
 E->h = map(dev, \(E->b\|E->b->data\), n, \(DMA_FROM_DEVICE\|DMA_BIDIRECTIONAL\), ...)
|
 E.h = map(dev, \(E.b\|E.b->data\), n, \(DMA_FROM_DEVICE\|DMA_BIDIRECTIONAL\), ...)
)

@taken disable ptr_to_array@
identifier kept.b;
expression F, e;
identifier gone =~ "^(kfree|kvfree|kfree_sensitive|free_pages?|netif_rx|netif_receive_skb|napi_gro_receive|eth_type_trans|(dev_)?k?free_skb(_any|_irq)?)$";
identifier copy =~ "^(memcpy|memmove|memcmp|(__)?copy_to_user|skb_put_data|skb_copy_to_linear_data)$";
position w;
@@
(
 gone@w(\(F->b\|F.b\), ...)
|
 copy@w(e, \(F->b\|F.b\), ...)
)

@early disable ptr_to_array exists@
position taken.w, q, u;
identifier kept.h, f;
expression taken.F, sub <= taken.F, e, dev, n;
identifier end =~ "^((ib_)?dma_map_|(ib_)?dma_sync_.*_for_cpu$)";
identifier unmap =~ "^(ib_)?dma_unmap_single(_attrs)?$";
expression list es;
@@
f@w@q(...)
... when != end(es)
    when != sub = e
    when != sub++
    when != ++sub
    when != sub--
    when != --sub
    when != sub += e
unmap@u(dev, \(F->h\|F.h\), n, \(DMA_FROM_DEVICE\|DMA_BIDIRECTIONAL\), ...)

@script:python@
b << kept.b;
w << early.q;
u << early.u;
@@
note("used-before-unmap", w[0], b, u[0])

// The statement of each use.

@depends on context@
position filled.w;
identifier f;
expression list es;
expression l, r;
@@
(
* f@w(es)
|
* l =@w r
|
* l |=@w r
)

@depends on context@
position looked.w;
identifier f;
expression list es;
expression l, r;
@@
(
* f@w(es)
|
* l =@w r
)

@depends on context@
position early.q;
identifier f;
expression list es;
@@
* f@q(es)

@depends on patch disable ptr_to_array@
expression F, dev, n;
identifier kept.b, kept.h;
identifier gone =~ "^(kfree|kvfree|kfree_sensitive|(dev_)?k?free_skb(_any|_irq)?)$";
identifier unmap =~ "^(ib_)?dma_unmap_single(_attrs)?$";
@@
(
- gone(F->b);
  unmap(dev, F->h, n, \(DMA_FROM_DEVICE\|DMA_BIDIRECTIONAL\), ...);
+ gone(F->b);
|
- gone(F.b);
  unmap(dev, F.h, n, \(DMA_FROM_DEVICE\|DMA_BIDIRECTIONAL\), ...);
+ gone(F.b);
)
