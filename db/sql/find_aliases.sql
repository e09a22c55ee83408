select alias, stream, since, erased from alias where alias in ($1, $2, $3)
