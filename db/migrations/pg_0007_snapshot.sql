-- What a fold of a stream came to at a version, sealed, so that a long stream needn't be read from
-- its beginning. Whatever is here may be deleted.
create table snapshot (
  stream  uuid primary key,
  format  int4 not null,
  version int4 not null,
  key     uuid not null,          -- of the event at that version
  sealed  bytea not null);
