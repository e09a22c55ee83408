select e.position, e.stream, e.version, e.gate, e.id, e.type, e.schema, e.recorded, e.occurred,
       e.correlation, e.causation, e.code, e.counts, e.key, e.print, e.digest, e.sealed, k.wrapped
  from event e
  left join stream_key k on k.key = e.key
 where e.stream >= $1 and e.stream <= $2 and e.position <= $3
 order by e.stream, e.version
