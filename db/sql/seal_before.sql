select first, count, recorded, seal from seal where first <= $1 order by first desc limit 1
