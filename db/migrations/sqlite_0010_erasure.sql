-- When the person was erased who had this name, in whole seconds; its stream is then sixteen zeros,
-- until somebody of this name writes again.
alter table alias add column erased integer;
