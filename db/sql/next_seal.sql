select min(first) from seal where first > $1
