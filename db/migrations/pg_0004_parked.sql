-- A parked stream goes on by a person's act: from the event at `position` on, or without it.
alter table projection_parked
  add column since int8 not null default 0,     -- of that event
  add column taken int4 not null default 0,     -- the stream's version that the tables hold
  add column resumed int4 not null default 0;   -- 1: it catches up
update projection_parked p set since = e.recorded, taken = e.version - 1
  from event e where e.position = p.position;
create index projection_parked_position on projection_parked (projection, copy, position);
create index projection_parked_resumed on projection_parked (projection, copy, position)
  where resumed = 1;
