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
