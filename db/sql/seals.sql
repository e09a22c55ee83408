select first, count, recorded, seal from seal where first > $1 and first <= $2 order by first
