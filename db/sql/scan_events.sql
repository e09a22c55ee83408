select position, stream, version, gate, id, type, schema, recorded, occurred, correlation,
       causation, code, counts, key, print, digest, sealed
  from event
 where position > $1 and position <= $2
 order by position
