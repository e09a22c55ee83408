-- What a fold of a stream came to at a version, sealed, so that a long stream needn't be read from
-- its beginning. Whatever is here may be deleted.
create table snapshot (
  stream  blob primary key,
  format  integer not null,
  version integer not null,
  key     blob not null,          -- of the event at that version
  sealed  blob not null);
