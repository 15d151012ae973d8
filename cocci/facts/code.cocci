// SPDX-License-Identifier: GPL-2.0
/// What the code of a file does, statement by statement, as far as handles and
/// lifetimes can hang on it: functions, calls, assignments, declarations,
/// returned values, tables of callbacks. Rules are flat on purpose: one that
/// follows paths through a function takes minutes where these take a second;
/// the joining is done outside, over all files.
///
// Confidence: High
// Options: --no-includes --no-show-diff
// Keywords: DMA mapping, facts

@initialize:python@
@@
file = None

def fact(kind, p, *values):
    global file
    if p.file != file:
        file = p.file
        print("@\t" + file)
    words = [kind, p.current_element, p.line, int(p.column) + 1]
    for v in values:
        words.append(" ".join(str(v).split()))
    print("\t".join(str(w) for w in words))

@defined@
identifier f;
parameter list ps;
position p;
@@
f@p(ps) { ... }

@script:python@
f << defined.f;
ps << defined.ps;
p << defined.p;
@@
fact("F", p[0], f, ps)

@called@
identifier f;
expression list es;
position p;
@@
f@p(es)

@script:python@
f << called.f;
es << called.es;
p << called.p;
@@
fact("C", p[0], f, es)

@member@
expression e;
identifier f;
expression list es;
position p;
@@
(
e->f@p(es)
|
e.f@p(es)
)

@script:python@
e << member.e;
f << member.f;
es << member.es;
p << member.p;
@@
fact("M", p[0], f, es, e)

@assigned@
expression a, b;
position p;
@@
a =@p b

@script:python@
a << assigned.a;
b << assigned.b;
p << assigned.p;
@@
fact("A", p[0], a, b)

@declared@
type T;
identifier x;
position p;
@@
T x@p;

@script:python@
T << declared.T;
x << declared.x;
p << declared.p;
@@
fact("D", p[0], T, x)

@initialised@
type T;
identifier x;
expression e;
position p;
@@
T x@p = e;

@script:python@
T << initialised.T;
x << initialised.x;
e << initialised.e;
p << initialised.p;
@@
fact("D", p[0], T, x, e)

@returned@
expression e;
position p;
@@
return@p e;

@script:python@
e << returned.e;
p << returned.p;
@@
fact("R", p[0], e)

@returned_nothing@
position p;
@@
return@p;

@script:python@
p << returned_nothing.p;
@@
fact("R", p[0])

@jump@
identifier l;
position p;
@@
goto@p l;

@script:python@
l << jump.l;
p << jump.p;
@@
fact("G", p[0], l)

@table@
identifier s, v, m;
expression e;
position p;
@@
struct s v = { .m@p = e, };

@script:python@
s << table.s;
m << table.m;
e << table.e;
p << table.p;
@@
fact("O", p[0], s, m, e)
