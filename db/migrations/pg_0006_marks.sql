-- How far something outside was read (the list of each line), in microseconds since 1970.
create table mark (name text primary key, reached int8 not null);
