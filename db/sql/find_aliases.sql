select alias, stream, since from alias where alias in ($1, $2, $3)
