-- The log. Only inserted into: an UPDATE, DELETE or REPLACE of an event or a seal is refused.
create table event (
  position    integer primary key,
  stream      blob not null,
  version     integer not null,
  gate        integer not null,   -- version of the stream's last gating event, this one included
  id          blob not null,      -- derived (facts) or UUIDv7 (decisions)
  type        integer not null,
  schema      integer not null,
  recorded    integer not null,   -- microseconds, like every time here
  occurred    integer not null,
  correlation blob,
  causation   blob,
  code        integer,
  counts      blob not null,      -- eight big-endian bytes each
  key         blob,               -- which key sealed it
  print       blob not null,      -- keyed fingerprint of the normalised content
  digest      blob not null,
  sealed      blob not null);
create unique index event_stream on event (stream, version);
create unique index event_id on event (id);

-- One row per batch. The head of the log is the last seal.
create table seal (
  first    integer primary key,
  count    integer not null,
  recorded integer not null,
  seal     blob not null);
insert into seal values (0, 1, 0, x'00');

create trigger event_kept before update on event begin
  select raise(abort, 'the log is append-only: an event is never changed'); end;
create trigger event_stays before delete on event begin
  select raise(abort, 'the log is append-only: an event is never deleted'); end;
create trigger event_once before insert on event
  when exists (select 1 from event where position = new.position)
    or exists (select 1 from event where id = new.id)
    or exists (select 1 from event where stream = new.stream and version = new.version) begin
  select raise(abort, 'the log is append-only: this event is there already'); end;
create trigger seal_kept before update on seal begin
  select raise(abort, 'the log is append-only: a seal is never changed'); end;
create trigger seal_stays before delete on seal begin
  select raise(abort, 'the log is append-only: a seal is never deleted'); end;
create trigger seal_once before insert on seal
  when exists (select 1 from seal where first = new.first) begin
  select raise(abort, 'the log is append-only: this seal is there already'); end;

-- Whose stream it is: keyed hashes of BSUID (1), phone (2) and group (4), per line.
create table alias (
  alias  blob primary key,
  kind   integer not null,
  stream blob not null,
  since  integer not null) without rowid;
create index alias_stream on alias (stream);
-- Which attempt a message id belongs to, by the keyed hash of the wamid.
create table message_ref (
  ref     blob primary key,
  stream  blob not null,
  attempt blob not null) without rowid;

-- Keys that never change, wrapped by the master key; and the keys of streams, which erasure
-- destroys.
create table special_key (name text primary key, wrapped blob not null) without rowid;
create table stream_key (
  key     blob primary key,
  stream  blob not null,
  month   integer not null,       -- 202611
  wrapped blob not null) without rowid;
create index stream_key_stream on stream_key (stream);

-- Who decides: one row per slice, with its fencing epoch.
create table lease (
  slice integer primary key,
  epoch integer not null,
  owner text not null,
  until integer);

-- Requests that could not be understood or routed, sealed, for 30 days.
create table delivery (
  id       blob primary key,
  received integer not null,
  reason   text not null,
  sha256   blob not null,
  sealed   blob not null,
  replayed integer);
create index delivery_received on delivery (received);

-- The names of event.type, for people who read with SQL.
create table event_type (code integer primary key, name text not null);
