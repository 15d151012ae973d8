# SPDX-License-Identifier: GPL-2.0
# What `native` measured as pictures: gnuplot -c plots.gp DIR, see `plot`.
dir = ARG1
set terminal svg size 760,480 dynamic enhanced font "sans,13" background "white"
set datafile separator "\t"
set datafile missing "-"
set key left top
set grid lc rgb "#dddddd"
set style line 1 lc rgb "#1b6ca8" lw 2 pt 7 ps 0.5
set style line 2 lc rgb "#c2410c" lw 2 pt 5 ps 0.5
set style line 3 lc rgb "#4d7c0f" lw 2 pt 9 ps 0.6
set style line 4 lc rgb "#6b21a8" lw 2 pt 11 ps 0.6
set style line 5 lc rgb "#737373" lw 2 pt 13 ps 0.6

# The rows of TABLE for which the awk expression WHEN holds, without the header.
rows(table, when) = sprintf("< awk -F '\\t' 'NR > 1 && (%s)' '%s/%s.tsv'", when, dir, table)
way(name, cache) = rows("speed", sprintf("$1 == \"%s\" && $3 == 1 && $4 == \"%s\" && $5 == \"receive\"", name, cache))

set logscale xy
set xlabel "bytes of the mapping"
set ylabel "ns to map and unmap, one thread"
set format x "%.0s %c"
set output dir."/cost.svg"
set title "What bouncing takes (95 % intervals), and a range of IOMMUs"
plot way("pool", "cold") using 2:14:15:16 with yerrorlines ls 1 title "pool, buffers not in the cache", \
     way("pool", "warm") using 2:14:15:16 with yerrorlines ls 3 title "pool, buffers in the cache", \
     way("swiotlb", "cold") using 2:14:15:16 with yerrorlines ls 2 title "model of swiotlb, not in the cache", \
     way("memcpy", "cold") using 2:14:15:16 with yerrorlines ls 5 title "memcpy there and back, not in the cache", \
     200 with lines lc rgb "#999999" dt 2 title "IOMMU: 0.2, 2, 50 us", \
     2000 with lines lc rgb "#999999" dt 2 notitle, 50000 with lines lc rgb "#999999" dt 2 notitle

set output dir."/crossover.svg"
set title "Up to which size bouncing pays"
set xlabel "us that the IOMMU takes to map and unmap"
set ylabel "bytes"
set format x "%g"
set format y "%.0s %c"
plot rows("crossover", "1") using ($1/1000):4 with linespoints ls 2 title "not in the cache, to the device", \
     "" using ($1/1000):5 with linespoints ls 1 title "not in the cache, from the device", \
     "" using ($1/1000):2 with linespoints ls 4 title "in the cache, to the device", \
     "" using ($1/1000):3 with linespoints ls 3 title "in the cache, from the device"

set output dir."/auto.svg"
set title "Sizes from 512 bytes to 4 MiB, mixed"
set ylabel "ns per mapping"
set format y "%g"
plot rows("auto", "$2 == 0") using ($1/1000):4 with linespoints ls 2 title "always direct", \
     "" using ($1/1000):5 with linespoints ls 3 title "always bounced", \
     "" using ($1/1000):7 with linespoints ls 1 title "auto"

set output dir."/cliff.svg"
set title "More mappings in flight than the pool has slots (IOMMU: 5 us)"
set xlabel "mappings in flight, in numbers of slots"
set ylabel "ns per mapping"
set logscale x 2
set format x "%g"
size(n) = rows("cliff", sprintf("$1 == %d", n))
plot size(4096) using 4:6:7:8 with yerrorlines ls 1 title "4 KiB", \
     size(32768) using 4:6:7:8 with yerrorlines ls 2 title "32 KiB", \
     size(262144) using 4:6:7:8 with yerrorlines ls 3 title "256 KiB", \
     size(2097152) using 4:6:7:8 with yerrorlines ls 4 title "2 MiB", \
     size(4096) using 4:9 with lines ls 5 title "always direct"

# One row for each size, the one of two threads behind that of one.
scaling(name) = sprintf("< awk -F '\\t' -v OFS='\\t' '$1 == \"%s\" && $4 == \"cold\" && $5 == \"receive\" { ns[$2, $3] = $14; if ($3 == 2) print $2, 2 * ns[$2, 1] / $14 }' '%s/speed.tsv'", name, dir)

set output dir."/scaling.svg"
set title "What two threads do, over what one does"
set xlabel "bytes of the mapping, buffers not in the cache"
set ylabel "throughput, in that of one thread"
set format x "%.0s %c"
unset logscale y
set yrange [0:2.5]
plot scaling("pool") using 1:2 with linespoints ls 1 title "pool", \
     scaling("pool-lock") using 1:2 with linespoints ls 4 title "pool with one lock", \
     scaling("swiotlb") using 1:2 with linespoints ls 2 title "model of swiotlb", \
     scaling("strict-queue") using 1:2 with linespoints ls 3 title "strict, one queue", \
     scaling("memcpy") using 1:2 with linespoints ls 5 title "memcpy there and back"

unset logscale
set yrange [*:*]
set output dir."/memory.svg"
set title "What the pool holds while load comes and goes"
set xlabel "seconds"
set ylabel "MiB"
plot rows("memory", "1") using 1:($2 * $3 / 1048576) with lines ls 5 title "in flight", \
     "" using 1:($4/1024) with lines ls 1 title "held"
