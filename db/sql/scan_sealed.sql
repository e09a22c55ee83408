select position, stream, version, digest
  from event
 where position > $1 and position <= $2
 order by position
