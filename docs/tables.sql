-- The tables that people and programs read, word for word as the migrations make them
-- (db/migrations/*_0002_views.sql and *_0005_settings.sql; a test holds this file against them).
-- The log's own tables, which nobody needs but Hilo, are in *_0001_log.sql and *_0003_leases.sql;
-- the book of parked streams grows in *_0004_parked.sql.

-- ============================================================
-- PostgreSQL
-- ============================================================

-- What people and programs read. All of it is built from the log and can be built again
-- (hilo projections rebuild), so that nothing but the projections should write here.
-- Connections run in UTC, so that CURRENT_DATE is the date of "MessageMetrics".

-- Who is written with: a person on one line, or a group.
create table "Client" (
  "id"        bigint primary key,             -- position of its first event
  "stream"    uuid not null,
  "name"      text,
  "phone"     text,                           -- as the provider wrote it
  "bsuid"     text,                           -- business-scoped user id
  "groupId"   text,                           -- of a group, which has no phone
  "line"      text,                           -- phone_number_id of the business
  "createdAt" timestamptz not null);
create unique index "Client_stream" on "Client" (stream);
create index "Client_phone" on "Client" (phone);

-- A conversation, which is one stream of the log.
create table "Conversation" (
  "id"              bigint primary key,       -- position of its first event
  "clientId"        bigint not null,
  "stream"          uuid not null,
  "line"            text,
  "status"          text not null,            -- active, or held: a person answers
  "holdUntil"       timestamptz,              -- while held; NULL then: no end
  "linkedInto"      uuid,                     -- the same person's older stream
  "unanswered"      bigint not null,          -- messages that nothing has closed yet
  "createdAt"       timestamptz not null,
  "lastMessageAt"   timestamptz not null,
  "lastMessageText" text);
create unique index "Conversation_stream" on "Conversation" (stream);
create index "Conversation_last" on "Conversation" ("lastMessageAt", id);
create index "Conversation_linked" on "Conversation" ("linkedInto") where "linkedInto" is not null;

-- A message: a customer's, a part of a reply, or what a person sent elsewhere.
-- "deliveryStatus" is the highest that an agent's latest attempt reached of SENDING < UNKNOWN <
-- ACCEPTED < SENT < FAILED < DELIVERED < READ < PLAYED (PENDING is for sends with a set time).
create table "Message" (
  "id"             bigint primary key,        -- position of its first event
  "conversationId" bigint not null,
  "stream"         uuid not null,
  "eventId"        uuid not null,
  "sender"         text not null,             -- client, agent
  "author"         text,                      -- ai, system, or a name
  "content"        text not null,
  "kind"           text,                      -- client: text, image, audio ...
  "source"         text,                      -- webhook, backfill, history; not of what Hilo sends
  "deliveryStatus" text,                      -- agent: how far its latest attempt came
  "messageId"      text,                      -- the provider's (wamid)
  "replyTo"        text,                      -- wamid of the quoted message
  "reference"      bigint,                    -- keyed mark of messageId
  "errorCode"      bigint,
  "errorText"      text,
  "turn"           uuid,                      -- that it belongs to, or that closed it
  "suppressed"     text,                      -- client: why nobody answered
  "part"           bigint,                    -- agent, where Hilo sends
  "parts"          bigint,
  "tryNumber"      bigint,
  "attempt"        uuid,                      -- the latest
  "createdAt"      timestamptz not null,      -- when recorded; if imported, when said
  "acceptedAt"     timestamptz,               -- the provider has it
  "sentAt"         timestamptz,               -- by the provider's clock
  "deliveredAt"    timestamptz,
  "readAt"         timestamptz,
  "playedAt"       timestamptz,
  "failedAt"       timestamptz);
create unique index "Message_event" on "Message" ("eventId");
create index "Message_thread" on "Message" ("conversationId", "createdAt", id);
create index "Message_recent" on "Message" (sender, "createdAt");
create index "Message_status" on "Message" ("deliveryStatus", "createdAt")
  where "deliveryStatus" is not null;
create index "Message_attempt" on "Message" (attempt) where attempt is not null;
create index "Message_part" on "Message" (turn, part) where part is not null;
create index "Message_reference" on "Message" (reference) where reference is not null;

-- A day of messages. Each number is a sum over "Message".
create table "MessageMetrics" (
  "date"       date primary key,              -- UTC; that of a part's first intent to send
  "totalSent"  bigint not null,               -- parts that the provider took
  "delivered"  bigint not null,
  "failed"     bigint not null,
  "received"   bigint not null,               -- customers' messages, but for history
  "suppressed" bigint not null);              -- of these, those nobody is to answer

-- What the provider reported of messages before their sender was known.
create table "early_status" (
  "stream"         uuid not null,
  "reference"      bigint not null,
  "deliveryStatus" text,
  "acceptedAt"     timestamptz,
  "sentAt"         timestamptz,
  "deliveredAt"    timestamptz,
  "readAt"         timestamptz,
  "playedAt"       timestamptz,
  "failedAt"       timestamptz,
  "errorCode"      bigint,
  "errorText"      text,
  primary key (stream, reference));

-- One row; none before the settings were first saved.
create table "ChatbotSettings" (
  "id"                    bigint primary key,
  "chatbotEnabled"        boolean not null,
  "aiEnabled"             boolean not null,
  "aiProvider"            text not null,
  "aiModel"               text not null,
  "systemPrompt"          text not null,
  "useKnowledgeBase"      boolean not null,
  "businessHours"         boolean not null,
  "sessionTimeoutMinutes" bigint not null,
  "debounceSeconds"       bigint not null,
  "debounceMaxSeconds"    bigint not null,
  "historyLimit"          bigint not null,
  "maxOutputTokens"       bigint not null,
  "holdMinutes"           bigint not null,
  "unsupportedText"       text not null,
  "version"               bigint not null,    -- of the settings stream
  "updatedAt"             timestamptz not null,
  "updatedBy"             text);

-- What each conversation may owe (lower bounds, from the events' clear parts).
create table "open_work" (
  "stream"       uuid primary key,
  "since"        timestamptz,                 -- NULL where nothing is open
  "wake_at"      timestamptz,                 -- at the earliest
  "messages"     bigint not null,             -- that nothing has closed
  "messages_at"  timestamptz,
  "sends"        text not null,               -- attempt, turn, part and time of each open one
  "rest"         uuid,                        -- turn whose later parts are still to come
  "rest_at"      timestamptz,
  "strangers"    text not null,               -- references of messages that a person may have sent
  "strangers_at" timestamptz,
  "person_at"    timestamptz,                 -- a person wrote, and no hold covers it
  "hold_until"   timestamptz,
  "known"        text not null);              -- references of messages whose sender is known
create index "open_work_due" on "open_work" (wake_at) where wake_at is not null;
create index "open_work_since" on "open_work" (since) where since is not null;

-- How far each projection has come; the generation counts rebuilds.
create table projection_checkpoint (
  projection text not null,
  copy       text not null,  -- live, or next while a rebuild fills tables beside the live ones
  position   bigint not null,
  generation bigint not null,
  primary key (projection, copy));
insert into projection_checkpoint values
  ('messages', 'live', 0, 0), ('settings', 'live', 0, 0), ('open_work', 'live', 0, 0);
-- Streams that a projection stopped following at an event that it could not take.
create table projection_parked (
  projection text not null,
  copy       text not null,
  stream     uuid not null,
  position   bigint not null,
  error      text not null,
  primary key (projection, copy, stream));

-- What may be told. Not projected: documents are imported (no command writes them yet).
create table "KnowledgeDocument" (
  "id"          integer generated by default as identity primary key,
  "title"       text not null,
  "sourceUri"   text,
  "kind"        text not null default 'article'
    check ("kind" in ('article', 'faq', 'table', 'file')),
  "lang"        text not null default 'es',
  "version"     integer not null default 1,
  "contentHash" bytea not null,
  "status"      text not null default 'active' check ("status" in ('draft', 'active', 'retired')),
  "createdAt"   timestamptz not null default now(),
  "updatedAt"   timestamptz not null default now());
create table "DocumentChunk" (
  "id"             serial primary key,
  "documentId"     integer not null references "KnowledgeDocument" ("id") on delete cascade,
  "content"        text not null,
  "chunkIndex"     integer not null,
  "metadata"       jsonb,
  "createdAt"      timestamptz default current_timestamp,
  "docVersion"     integer not null default 1,
  "headingPath"    text not null default '',
  "contentHash"    bytea not null,
  "tokenCount"     integer not null default 0,
  "embedding"      real[],
  "embeddingModel" text,
  check (("embedding" is null) = ("embeddingModel" is null)),
  unique ("documentId", "docVersion", "chunkIndex"));
create index "idx_documentId" on "DocumentChunk" ("documentId");
create index "idx_chunkIndex" on "DocumentChunk" ("chunkIndex");
-- What becomes of late answers, of new input, of uncertain sends and of a paused webhook.
alter table "ChatbotSettings" add column "maxAnswerAgeMinutes" bigint not null default 15;
alter table "ChatbotSettings" add column "newInput" text not null default 'supersede';
alter table "ChatbotSettings" add column "uncertainSends" text not null default 'review';
alter table "ChatbotSettings" add column "mendPausedWebhook" boolean not null default false;

-- ============================================================
-- SQLite
-- ============================================================

-- What people and programs read. All of it is built from the log and can be built again
-- (hilo projections rebuild), so that nothing but the projections should write here.
-- Times are ISO 8601 in UTC with six decimals, ids have 36 characters, booleans are 0 and 1.

-- Who is written with: a person on one line, or a group.
create table "Client" (
  "id"        integer primary key,            -- position of its first event
  "stream"    text not null,
  "name"      text,
  "phone"     text,                           -- as the provider wrote it
  "bsuid"     text,                           -- business-scoped user id
  "groupId"   text,                           -- of a group, which has no phone
  "line"      text,                           -- phone_number_id of the business
  "createdAt" text not null);
create unique index "Client_stream" on "Client" (stream);
create index "Client_phone" on "Client" (phone);

-- A conversation, which is one stream of the log.
create table "Conversation" (
  "id"              integer primary key,      -- position of its first event
  "clientId"        integer not null,
  "stream"          text not null,
  "line"            text,
  "status"          text not null,            -- active, or held: a person answers
  "holdUntil"       text,                     -- while held; NULL then: no end
  "linkedInto"      text,                     -- the same person's older stream
  "unanswered"      integer not null,         -- messages that nothing has closed yet
  "createdAt"       text not null,
  "lastMessageAt"   text not null,
  "lastMessageText" text);
create unique index "Conversation_stream" on "Conversation" (stream);
create index "Conversation_last" on "Conversation" ("lastMessageAt", id);
create index "Conversation_linked" on "Conversation" ("linkedInto") where "linkedInto" is not null;

-- A message: a customer's, a part of a reply, or what a person sent elsewhere.
-- "deliveryStatus" is the highest that an agent's latest attempt reached of SENDING < UNKNOWN <
-- ACCEPTED < SENT < FAILED < DELIVERED < READ < PLAYED (PENDING is for sends with a set time).
create table "Message" (
  "id"             integer primary key,       -- position of its first event
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
create unique index "Message_event" on "Message" ("eventId");
create index "Message_thread" on "Message" ("conversationId", "createdAt", id);
create index "Message_recent" on "Message" (sender, "createdAt");
create index "Message_status" on "Message" ("deliveryStatus", "createdAt")
  where "deliveryStatus" is not null;
create index "Message_attempt" on "Message" (attempt) where attempt is not null;
create index "Message_part" on "Message" (turn, part) where part is not null;
create index "Message_reference" on "Message" (reference) where reference is not null;

-- A day of messages. Each number is a sum over "Message".
create table "MessageMetrics" (
  "date"       text primary key,              -- UTC; that of a part's first intent to send
  "totalSent"  integer not null,              -- parts that the provider took
  "delivered"  integer not null,
  "failed"     integer not null,
  "received"   integer not null,              -- customers' messages, but for history
  "suppressed" integer not null);             -- of these, those nobody is to answer

-- What the provider reported of messages before their sender was known.
create table "early_status" (
  "stream"         text not null,
  "reference"      integer not null,
  "deliveryStatus" text,
  "acceptedAt"     text,
  "sentAt"         text,
  "deliveredAt"    text,
  "readAt"         text,
  "playedAt"       text,
  "failedAt"       text,
  "errorCode"      integer,
  "errorText"      text,
  primary key (stream, reference));

-- One row; none before the settings were first saved.
create table "ChatbotSettings" (
  "id"                    integer primary key,
  "chatbotEnabled"        integer not null,
  "aiEnabled"             integer not null,
  "aiProvider"            text not null,
  "aiModel"               text not null,
  "systemPrompt"          text not null,
  "useKnowledgeBase"      integer not null,
  "businessHours"         integer not null,
  "sessionTimeoutMinutes" integer not null,
  "debounceSeconds"       integer not null,
  "debounceMaxSeconds"    integer not null,
  "historyLimit"          integer not null,
  "maxOutputTokens"       integer not null,
  "holdMinutes"           integer not null,
  "unsupportedText"       text not null,
  "version"               integer not null,   -- of the settings stream
  "updatedAt"             text not null,
  "updatedBy"             text);

-- What each conversation may owe (lower bounds, from the events' clear parts).
create table "open_work" (
  "stream"       text primary key,
  "since"        text,                        -- NULL where nothing is open
  "wake_at"      text,                        -- at the earliest
  "messages"     integer not null,            -- that nothing has closed
  "messages_at"  text,
  "sends"        text not null,               -- attempt, turn, part and time of each open one
  "rest"         text,                        -- turn whose later parts are still to come
  "rest_at"      text,
  "strangers"    text not null,               -- references of messages that a person may have sent
  "strangers_at" text,
  "person_at"    text,                        -- a person wrote, and no hold covers it
  "hold_until"   text,
  "known"        text not null);              -- references of messages whose sender is known
create index "open_work_due" on "open_work" (wake_at) where wake_at is not null;
create index "open_work_since" on "open_work" (since) where since is not null;

-- How far each projection has come; the generation counts rebuilds.
create table projection_checkpoint (
  projection text not null,
  copy       text not null,  -- live, or next while a rebuild fills tables beside the live ones
  position   integer not null,
  generation integer not null,
  primary key (projection, copy));
insert into projection_checkpoint values
  ('messages', 'live', 0, 0), ('settings', 'live', 0, 0), ('open_work', 'live', 0, 0);
-- Streams that a projection stopped following at an event that it could not take.
create table projection_parked (
  projection text not null,
  copy       text not null,
  stream     blob not null,
  position   integer not null,
  error      text not null,
  primary key (projection, copy, stream));

-- What may be told. Not projected: documents are imported (no command writes them yet).
create table "KnowledgeDocument" (
  "id"          integer primary key,
  "title"       text not null,
  "sourceUri"   text,
  "kind"        text not null default 'article'
    check ("kind" in ('article', 'faq', 'table', 'file')),
  "lang"        text not null default 'es',
  "version"     integer not null default 1,
  "contentHash" blob not null,
  "status"      text not null default 'active' check ("status" in ('draft', 'active', 'retired')),
  "createdAt"   text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  "updatedAt"   text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')));
create table "DocumentChunk" (
  "id"             integer primary key,
  "documentId"     integer not null references "KnowledgeDocument" ("id") on delete cascade,
  "content"        text not null,
  "chunkIndex"     integer not null,
  "metadata"       text,  -- JSON
  "createdAt"      text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  "docVersion"     integer not null default 1,
  "headingPath"    text not null default '',
  "contentHash"    blob not null,
  "tokenCount"     integer not null default 0,
  "embedding"      blob,  -- four-byte floats, little-endian
  "embeddingModel" text,
  check (("embedding" is null) = ("embeddingModel" is null)),
  unique ("documentId", "docVersion", "chunkIndex"));
create index "idx_documentId" on "DocumentChunk" ("documentId");
create index "idx_chunkIndex" on "DocumentChunk" ("chunkIndex");
-- What becomes of late answers, of new input, of uncertain sends and of a paused webhook.
alter table "ChatbotSettings" add column "maxAnswerAgeMinutes" integer not null default 15;
alter table "ChatbotSettings" add column "newInput" text not null default 'supersede';
alter table "ChatbotSettings" add column "uncertainSends" text not null default 'review';
alter table "ChatbotSettings" add column "mendPausedWebhook" integer not null default 0;
