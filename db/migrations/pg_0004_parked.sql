-- A person may let a parked stream go on: from the event at `position`, or without it.
alter table projection_parked add column since int8 not null default 0,  -- that event's time
  add column taken int4 not null default 0, add column resumed int4 not null default 0;
update projection_parked p set since = recorded, taken = version - 1
  from event e where e.position = p.position;
create index parked_position on projection_parked (projection, copy, position);
create index parked_resumed on projection_parked (projection, copy, position) where resumed = 1;
