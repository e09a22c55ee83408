-- A parked stream goes on by a person's act: from the event at `position` on, or without it.
alter table projection_parked add column since integer not null default 0;    -- of that event
alter table projection_parked add column taken integer not null default 0;    -- the stream's version
                                                                              -- that the tables hold
alter table projection_parked add column resumed integer not null default 0;  -- 1: it catches up
update projection_parked set
  since = coalesce((select recorded from event e where e.position = projection_parked.position), 0),
  taken = coalesce((select version - 1 from event e where e.position = projection_parked.position), 0);
create index projection_parked_position on projection_parked (projection, copy, position);
create index projection_parked_resumed on projection_parked (projection, copy, position)
  where resumed = 1;
