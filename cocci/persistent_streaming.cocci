// SPDX-License-Identifier: GPL-2.0
/// Find streaming DMA mappings that are kept in a structure, given back only
/// when the structure goes, and never synced in between. When the DMA layer
/// bounces such a mapping, CPU and device each see a copy of their own. The
/// mapping needs DMA_ATTR_PERSISTENT_STREAMING at the map and at every unmap,
/// or else dma_sync_*() around each use.
///
//# How long a mapping lives is told by the name of the function that unmaps
//# it, and what is not in this file is not seen: a dma_sync_*() elsewhere makes
//# a false positive, an unmap elsewhere hides a finding. A handle that is in no
//# structure member (page table entries, descriptors) is not followed.
//# Patch mode adds the attribute where the call has room for attributes; for
//# dma_map_single(), dma_map_page() and dma_map_sg() it renames the map and
//# every unmap of the same member to the _attrs form.
//
// Confidence: Moderate
// Options: --no-includes --include-headers
// Requires: 1.1.0
// Keywords: dma_map_single, dma_map_page, dma_map_sg, dma_map_sgtable, dma_sync

virtual report
virtual context
virtual patch
virtual org

@initialize:python@
@@
import re

ends_life = re.compile(r"""free|destroy|release|remove|fini|exit|close|deinit|uninit|
	unpin|unbind|detach|put_pages|unpopulate|teardown|shutdown|dtor|dereg|
	cleanup|disconnect""", re.X)
ends_transfer = re.compile(r"""irq|isr|intr|interrupt|done|compl|callback|poll|finish|
	clean_[rt]x|xmit|_[rt]x_|_[rt]x$|recv|request|(^|_)req|cmd|xfer|transfer|skb|urb""", re.X)

synced = set()		# (file, member)
tagged = set()		# (file, member): has the attribute already
to_patch = set()	# places: maps and unmaps
let_go = {}		# (file, member): names of the functions that unmap it

def place(p):
    return (p.file, p.line, p.column)

def note_unmap(p, member):
    let_go.setdefault((p.file, member), set()).add(p.current_element)

def suspect(p, member):
    if (p.file, member) in synced | tagged:
        return False
    enders = let_go.get((p.file, member), set()) - {p.current_element}
    if ends_transfer.search(p.current_element):
        return False
    if any(ends_transfer.search(f) for f in enders):
        return False
    return any(ends_life.search(f) for f in enders)

def message(p, member):
    enders = sorted(let_go[p.file, member] - {p.current_element})
    return "mapping kept in ->%s until %s() and never synced: DMA_ATTR_PERSISTENT_STREAMING or dma_sync_*() needed" % (
        member, "(), ".join(enders))

// Where a mapping is kept: the member's name stands for the object.

@kept@
expression E, dev, n, dir, attrs;
identifier m;
expression list es;
position p;
@@
(
E->m = \(dma_map_single@p\|dma_map_page@p\|dma_map_single_attrs@p\|dma_map_page_attrs@p\|dma_map_phys@p\)(es)
|
E->m[...] = \(dma_map_single@p\|dma_map_page@p\|dma_map_single_attrs@p\|dma_map_page_attrs@p\|dma_map_phys@p\)(es)
|
dma_map_sgtable@p(dev, \(E->m\|&E->m\), dir, attrs)
|
dma_map_sg@p(dev, \(E->m\|E->m.sgl\|E->m->sgl\), n, dir)
|
dma_map_sg_attrs@p(dev, \(E->m\|E->m.sgl\|E->m->sgl\), n, dir, attrs)
)

@unmapped@
expression E;
identifier kept.m;
expression list[1] to;
expression list es;
position p;
identifier unmap =~ "^dma_unmap_(single|page|phys|sg|sgtable)(_attrs)?$";
@@
(
unmap@p(to, E->m, es)
|
unmap@p(to, E->m[...], es)
|
unmap@p(to, &E->m, es)
|
unmap@p(to, E->m.sgl, es)
|
unmap@p(to, E->m->sgl, es)
)

@script:python@
p << unmapped.p;
m << kept.m;
@@
note_unmap(p[0], m)

@sync@
expression E;
identifier kept.m;
expression list[1] to;
expression list es;
position p;
identifier f =~ "^dma_sync_(single|sg|sgtable)_(range_)?for_(cpu|device)$";
@@
(
f@p(to, \(E->m\|&E->m\|E->m.sgl\|E->m->sgl\), es)
|
f@p(to, E->m[...], es)
)

@script:python@
p << sync.p;
m << kept.m;
@@
synced.add((p[0].file, m))

@tag@
position kept.p;
identifier map;
expression list es;
expression attrs;
@@
(
map@p(es, DMA_ATTR_PERSISTENT_STREAMING)
|
map@p(es, attrs | DMA_ATTR_PERSISTENT_STREAMING)
)

@script:python depends on tag@
p << kept.p;
m << kept.m;
@@
tagged.add((p[0].file, m))

@script:python suspected@
p << kept.p;
m << kept.m;
@@
if not suspect(p[0], m):
    cocci.include_match(False)

@script:python depends on report@
p << kept.p;
m << kept.m;
@@
if suspect(p[0], m):
    coccilib.report.print_report(p[0], "WARNING: " + message(p[0], m))

@script:python depends on org@
p << kept.p;
m << kept.m;
@@
if suspect(p[0], m):
    coccilib.org.print_todo(p[0], message(p[0], m))

@depends on context && suspected@
position kept.p;
identifier map;
expression list es;
@@
* map@p(es)

// The attribute goes to the map and to every unmap of the member, in one rule:
// a place that was noted before a change is none any more behind it.

@script:python depends on patch@
p << kept.p;
m << kept.m;
u << unmapped.p;
@@
if suspect(p[0], m):
    to_patch.update([place(p[0]), place(u[0])])

@call depends on patch@
identifier f =~ "^dma_(un)?map_(single|page|phys|sg|sgtable)(_attrs)?$";
expression list es;
position p;
@@
f@p(es)

@script:python chosen@
p << call.p;
@@
if place(p[0]) not in to_patch:
    cocci.include_match(False)

@depends on patch && chosen@
position call.p;
expression list es;
expression attrs;
identifier with_attrs =~ "^dma_(un)?map_(sgtable|phys|(single|page|sg)_attrs)$";
@@
(
with_attrs@p(es,
- 0
+ DMA_ATTR_PERSISTENT_STREAMING
 )
|
with_attrs@p(es,
- attrs
+ attrs | DMA_ATTR_PERSISTENT_STREAMING
 )
|
- dma_map_single@p(es)
+ dma_map_single_attrs(es, DMA_ATTR_PERSISTENT_STREAMING)
|
- dma_map_page@p(es)
+ dma_map_page_attrs(es, DMA_ATTR_PERSISTENT_STREAMING)
|
- dma_map_sg@p(es)
+ dma_map_sg_attrs(es, DMA_ATTR_PERSISTENT_STREAMING)
|
- dma_unmap_single@p(es)
+ dma_unmap_single_attrs(es, DMA_ATTR_PERSISTENT_STREAMING)
|
- dma_unmap_page@p(es)
+ dma_unmap_page_attrs(es, DMA_ATTR_PERSISTENT_STREAMING)
|
- dma_unmap_sg@p(es)
+ dma_unmap_sg_attrs(es, DMA_ATTR_PERSISTENT_STREAMING)
)
