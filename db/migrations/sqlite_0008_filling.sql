-- How far a rebuild's first pass has come: every stream is folded from its beginning, up to a
-- position, a part of all streams at a time; a rebuild that is cut off goes on from here.
create table projection_filling (
  projection text primary key,
  generation integer not null,  -- of the tables that are filled
  version    integer not null,  -- of the projection's fold
  upto       integer not null,
  parts      integer not null,
  ended      integer not null,  -- 1: the tables have all parts and their indexes
  unique (projection, generation));
create table projection_filled (
  projection text not null,
  generation integer not null,
  part       integer not null,
  primary key (projection, generation, part));

-- Of the fold that made the live tables; where it is another one by now they are made anew.
alter table projection_checkpoint add column version integer not null default 1;

-- What holds a person's texts goes with the person's keys: snapshots, and tables that are being
-- rebuilt.
create trigger stream_key_destroyed after delete on stream_key begin
  delete from snapshot where stream = old.stream;
  delete from projection_filled;
  delete from projection_filling;
end;

-- A rebuild puts rows in by conversation. By position, as a primary key has it, each would dirty
-- another page.
-- What an exchange left has the names of the indexes still.
drop table if exists "Message_old";
drop table if exists "Message_next";
alter table "Message" rename to "Message_before";
create table "Message" (
  "id"             integer not null,          -- position of its first event
  "conversationId" integer not null,
  "stream"         text not null,
  "eventId"        text not null,
  "sender"         text not null,             -- client, agent
  "author"         text,                      -- ai, system, or a name
  "content"        text not null,
  "kind"           text,                      -- client: text, image, audio ...
  "source"         text,                      -- webhook, backfill, history; not of what Hilo sends
  "deliveryStatus" text,                      -- agent: how far its latest attempt came
  "messageId"      text,                      -- the provider's (wamid)
  "replyTo"        text,                      -- wamid of the quoted message
  "reference"      integer,                   -- keyed mark of messageId
  "errorCode"      integer,
  "errorText"      text,
  "turn"           text,                      -- that it belongs to, or that closed it
  "suppressed"     text,                      -- client: why nobody answered
  "part"           integer,                   -- agent, where Hilo sends
  "parts"          integer,
  "tryNumber"      integer,
  "attempt"        text,                      -- the latest
  "createdAt"      text not null,             -- when recorded; if imported, when said
  "acceptedAt"     text,                      -- the provider has it
  "sentAt"         text,                      -- by the provider's clock
  "deliveredAt"    text,
  "readAt"         text,
  "playedAt"       text,
  "failedAt"       text);
insert into "Message" select * from "Message_before";
drop table "Message_before";
create unique index "Message_id" on "Message" ("id");
create unique index "Message_event" on "Message" ("eventId");
create index "Message_thread" on "Message" ("conversationId", "createdAt", id);
create index "Message_recent" on "Message" (sender, "createdAt");
create index "Message_status" on "Message" ("deliveryStatus", "createdAt")
  where "deliveryStatus" is not null;
create index "Message_attempt" on "Message" (attempt) where attempt is not null;
create index "Message_part" on "Message" (turn, part) where part is not null;
create index "Message_reference" on "Message" (reference) where reference is not null;
