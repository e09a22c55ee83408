-- How far a rebuild's first pass has come: every stream is folded from its beginning, up to a
-- position, a part of all streams at a time; a rebuild that is cut off goes on from here.
create table projection_filling (
  projection text primary key,
  generation bigint not null,  -- of the tables that are filled
  version    bigint not null,  -- of the projection's fold
  upto       bigint not null,
  parts      bigint not null,
  ended      bigint not null,  -- 1: the tables have all parts and their indexes
  unique (projection, generation));
create table projection_filled (
  projection text not null,
  generation bigint not null,
  part       bigint not null,
  primary key (projection, generation, part),
  foreign key (projection, generation)
    references projection_filling (projection, generation) on delete cascade);

-- Of the fold that made the live tables; where it is another one by now they are made anew.
alter table projection_checkpoint add column version bigint not null default 1;

-- What holds a person's texts goes with the person's keys: snapshots, and tables that are being
-- rebuilt.
create function forget_copies() returns trigger language plpgsql as $$
begin
  delete from snapshot using destroyed where snapshot.stream = destroyed.stream;
  delete from projection_filling;
  return null;
end $$;
create trigger stream_key_destroyed after delete on stream_key
  referencing old table as destroyed for each statement execute function forget_copies();
