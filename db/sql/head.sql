select first + count - 1, seal, recorded from seal order by first desc limit 1
