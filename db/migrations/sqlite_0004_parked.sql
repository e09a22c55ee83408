-- A person may let a parked stream go on: from the event at `position`, or without it.
alter table projection_parked add column since integer not null default 0;  -- that event's time
alter table projection_parked add column taken integer not null default 0;  -- the version reached
alter table projection_parked add column resumed integer not null default 0;  -- 1: catching up
update projection_parked set (since, taken) =
  (select recorded, version - 1 from event e where e.position = projection_parked.position);
create index parked_position on projection_parked (projection, copy, position);
create index parked_resumed on projection_parked (projection, copy, position) where resumed = 1;
