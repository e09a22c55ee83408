select e.position, e.stream, e.version, e.gate, e.id, e.type, e.schema, e.recorded, e.occurred,
       e.correlation, e.causation, e.code, e.counts, e.key, e.print, e.digest, e.sealed, k.wrapped
  from event e
  left join stream_key k on k.key = e.key
 where e.stream = $1 and e.version > $2
   -- up to the event with which the page reaches its bytes
   and e.version <= (select max(version)
                       from (select version, sum(size) over (order by version) - size as before
                               from (select version, length(sealed) as size from event
                                      where stream = $1 and version > $2
                                      order by version limit $3) as w) as p
                      where before < $4)
 order by e.version
 limit $3
