select e.position, e.stream, e.version, e.gate, e.id, e.type, e.schema, e.recorded, e.occurred,
       e.correlation, e.causation, e.code, e.counts, e.key, e.print, e.digest, e.sealed, k.wrapped
  from event e
  left join stream_key k on k.key = e.key
 where e.position > $1
   -- up to the event with which the page reaches its bytes
   and e.position <= (select max(position)
                        from (select position, sum(size) over (order by position) - size as before
                                from (select position, length(sealed) as size from event
                                       where position > $1 order by position limit $2) as w) as p
                       where before < $3)
 order by e.position
 limit $2
