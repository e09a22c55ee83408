-- When the person was erased who had this name, in whole seconds; its stream is then nobody's, until
-- somebody of this name writes again.
alter table alias add column erased int8;

-- As before, and: who was erased begins anew, and what is of before, or for a stream that an erasure
-- closed, is dropped (docs/decisions/0019).
-- Appends a batch and commits before it answers, so that no client's silence ever holds the lock.
-- Neither a SET clause nor SECURITY DEFINER may be added: both forbid the COMMIT.
-- Status per request: 0 appended, 1 already there, 2 there with other content, 3 conflict,
-- 4 fenced, 5 other settings, 6 unroutable; 7 and 8 are 1 and 2 where that is in another stream
-- than the request was for, which o_other tells in place of the other one; 9 erased, 10 key gone.
create or replace procedure append(
  -- s: the batch's distinct addressees: a stream, or aliases and a fresh random id to be used if
  --    none of them is known; an alias that is not given is null. No alias is shared by two
  --    addressees (the batcher's duty).
  s_id uuid[], s_kind int2[], s_name bytea[], s_phone bytea[], s_phone2 bytea[],
  -- r: requests; r_last is the index of the request's last event. The three conditions are null
  --    for a batch of facts; inside a mixed batch -1, 0 and -1 say "none". Null r_wrapped: nothing
  --    is offered.
  r_slot int4[], r_last int4[], r_open bool[], r_expect int4[], r_epoch int8[], r_settings int4[],
  r_key uuid[], r_month int4[], r_wrapped bytea[],
  -- e: events in request order; ids are unique within the batch (the batcher's duty).
  --    e_when: 0 always, 1 if the stream is new, 2 if an alias is new.
  e_id uuid[], e_type int2[], e_schema int2[], e_gating bool[], e_when int2[], e_occurred int8[],
  e_correlation uuid[], e_causation uuid[], e_code int4[], e_counts bytea[], e_key uuid[],
  e_print bytea[], e_digest bytea[], e_sealed bytea[],
  -- m: message references that become known with an event
  m_event int4[], m_ref bytea[], m_attempt uuid[],
  inout o_stream uuid[], inout o_other uuid[], inout o_status int2[], inout o_gate int4[],
  inout o_position int8[], inout o_head int8)
language plpgsql as $append$
#variable_conflict use_column
declare
  tip bytea; now_us int8; first_ int8; settings_ int4; epochs int8[];
  settings_stream constant uuid := '68696c6f-0000-8000-8000-000000000001';
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  erasure constant int2 := 8;  -- PersonErased, alone in its batch (the batcher's duty)
  s_erased int8[]; closed bool[]; gone bool; erased_stream uuid;
  s_stream uuid[]; s_other uuid[]; s_new_alias bool[]; s_learnt bool[]; learnt bool := false;
  ver int4[]; gat int4[]; canon int4[]; same bool[]; x_stream uuid[];
  p_position int8[]; p_version int4[]; p_gate int4[]; p_stream uuid[];
  slot_ int4; c int4; v int4; st int2; lo int4; hi int4 := 0; e_last int4; g int4;
  added bool; is_new bool; learns bool;
begin
  -- 1. The lock, alone in its statement: what follows takes new snapshots and sees the last
  --    holder's work.
  perform pg_advisory_xact_lock(7521962893);
  select s.first + s.count - 1, s.seal,
         greatest((extract(epoch from clock_timestamp()) * 1000000)::int8, s.recorded)
    into o_head, tip, now_us from seal s order by s.first desc limit 1;
  first_ := o_head + 1;

  -- 2. Which events are there already?
  select array_agg(position), array_agg(same), array_agg(stream) into p_position, same, x_stream
    from (select x.position, x.print = u.print same, x.stream
            from unnest(e_id, e_print) with ordinality u(id, print, i)
            left join event x on x.id = u.id order by i) q;

  -- 3. Who is it (BSUID or group, else the older phone match, else the fresh id), and where does
  --    the stream stand?
  select array_agg(stream), array_agg(other), array_agg(new_alias), array_agg(version),
         array_agg(gate), array_agg(closed), array_agg(erased)
    into s_stream, s_other, s_new_alias, ver, gat, closed, s_erased
    from (select w.stream, new_alias, coalesce(t.version, 0) version, coalesce(t.gate, 0) gate,
                 coalesce(t.type = erasure, false) closed, erased,
                 case when s1 <> w.stream then s1 when s2 <> w.stream then s2 end other, i
            from unnest(s_id, s_name, s_phone, s_phone2) with ordinality u(s, m0, m1, m2, i)
            left join alias a0 on a0.alias = m0
            left join alias a1 on a1.alias = m1
            left join alias a2 on a2.alias = m2
            cross join lateral (select
              nullif(a0.stream, nobody) s0, nullif(a1.stream, nobody) s1,
              nullif(a2.stream, nobody) s2, greatest(a0.erased, a1.erased, a2.erased) erased) k
            cross join lateral (select
              coalesce(s0, case when s2 is not null and (s1 is null or a2.since < a1.since)
                                then s2 else s1 end, s) stream,
              (m0 is not null and s0 is null) or (m1 is not null and s1 is null)
                or (m2 is not null and s2 is null) new_alias) w
            left join lateral (select version, gate, type from event x where x.stream = w.stream
                                order by version desc limit 1) t on true
           order by i) q;
  -- addressees that turned out to be one stream share one counter
  select array_agg(f) into canon
    from (select i, min(i) over (partition by s) f
            from unnest(s_stream) with ordinality u(s, i) order by i) q;

  -- 4. What decisions require; a batch of facts skips it.
  if r_expect is not null then
    select array_agg(epoch) into epochs
      from (select l.epoch
              from unnest(r_slot) with ordinality u(s, i)
              cross join lateral (select uuid_send(s_stream[s]) b) w
              left join lease l on l.slice = ((get_byte(b, 0) << 8) | get_byte(b, 1)) % 1024
             order by i) q;
    settings_ := coalesce((select version from event x where x.stream = settings_stream
                            order by version desc limit 1), 0);
  end if;

  -- 5. One pass in order: arithmetic only. A request sees what its neighbours before it did.
  p_version := array_fill(null::int4, array[cardinality(e_id)]);
  p_gate := p_version;
  p_stream := array_fill(null::uuid, array[cardinality(e_id)]);
  s_learnt := array_fill(false, array[cardinality(s_id)]);
  o_status := array_fill(0::int2, array[cardinality(r_slot)]);
  o_gate := array_fill(0, array[cardinality(r_slot)]);
  o_position := array_fill(0::int8, array[cardinality(r_slot)]);
  o_stream := array_fill(null::uuid, array[cardinality(r_slot)]);
  o_other := o_stream;
  for r in 1 .. cardinality(r_slot) loop
    lo := hi + 1; hi := r_last[r]; slot_ := r_slot[r]; c := canon[slot_]; st := 0; e_last := 0;
    is_new := ver[c] = 0; learns := not is_new and s_new_alias[slot_];
    added := false; gone := false;
    for e in lo .. hi loop
      if p_position[e] is null then
        if e_when[e] <> 0 then
          continue;
        elsif e_occurred[e] > 0 and e_occurred[e] < s_erased[slot_] then
          gone := true;  -- of before the erasure of whoever had the name then
        else
          added := true;
        end if;
      else
        e_last := e;
        if not same[e] then st := 2; end if;
      end if;
    end loop;
    if st = 0 and not added then st := case when gone then 9 else 1 end; end if;
    if st = 0 and is_new and not r_open[r] then
      st := case when s_erased[slot_] is null then 6 else 9 end;
    end if;
    -- a key that was cached since before the erasure; only who was erased costs a look
    if st = 0 and s_erased[slot_] is not null and (r_wrapped is null or r_wrapped[r] is null)
       and not exists (select from stream_key where key = r_key[r]) then
      st := 10;
    end if;
    if st = 0 and r_expect is not null then
      st := case when r_epoch[r] > 0 and epochs[r] is distinct from r_epoch[r] then 4
                 when r_expect[r] >= 0 and gat[c] <> r_expect[r] then 3
                 when r_settings[r] >= 0 and settings_ <> r_settings[r] then 5 else 0 end;
    end if;
    if st = 0 and closed[c] then st := 9; end if;
    o_status[r] := st; o_stream[r] := s_stream[slot_]; o_other[r] := s_other[slot_];
    g := gat[c];
    if st = 0 then
      for e in lo .. hi loop
        if p_position[e] is null
           and (e_occurred[e] > 0 and e_occurred[e] < s_erased[slot_]) is not true
           and (e_when[e] = 0 or (e_when[e] = 1 and is_new) or (e_when[e] = 2 and learns)) then
          o_head := o_head + 1; v := ver[c] + 1; ver[c] := v;
          if e_gating[e] then gat[c] := v; end if;
          p_position[e] := o_head; p_version[e] := v; p_gate[e] := gat[c];
          p_stream[e] := s_stream[slot_]; e_last := e;
          if e_type[e] = erasure then erased_stream := s_stream[slot_]; end if;
        elsif p_position[e] is not null then
          e_last := e;
        end if;
      end loop;
      g := gat[c];
      if s_new_alias[slot_] then
        s_new_alias[slot_] := false; s_learnt[slot_] := true; learnt := true;
      end if;
      if s_stream[slot_] = settings_stream then settings_ := ver[c]; end if;
    elsif st in (1, 2) and e_last > 0 and x_stream[e_last] is distinct from s_stream[slot_] then
      -- what is there already stands where it was put, whatever these aliases say (rare)
      o_stream[r] := x_stream[e_last]; o_other[r] := null;
      if not is_new then o_status[r] := st + 6; o_other[r] := s_stream[slot_]; end if;
      c := array_position(s_stream, x_stream[e_last]);
      if c is not null then
        g := gat[canon[c]];
      else
        select gate into g from event x where x.stream = x_stream[e_last]
         order by version desc limit 1;
      end if;
    end if;
    o_gate[r] := g;
    if e_last > 0 then o_position[r] := p_position[e_last]; end if;
  end loop;

  -- 6. What became known, then the rows and the seal in one statement.
  if o_head >= first_ then
    if learnt then
      insert into alias
      select mac, kind, s_stream[i], first_
        from unnest(s_kind, s_name, s_phone, s_phone2) with ordinality u(k, m0, m1, m2, i),
             lateral (values (k, m0), (2::int2, m1), (2::int2, m2)) w(kind, mac)
       where s_learnt[i] and mac is not null
          on conflict (alias) do update set stream = excluded.stream, since = excluded.since
       where alias.stream = nobody;
    end if;
    if r_wrapped is not null then
      insert into stream_key
      select r_key[i], s_stream[slot], r_month[i], r_wrapped[i]
        from unnest(r_slot) with ordinality u(slot, i)
       where o_status[i] = 0 and r_wrapped[i] is not null
          on conflict do nothing;
    end if;
    if erased_stream is not null then
      delete from stream_key k where k.stream = erased_stream;
      update alias a set stream = nobody, erased = now_us / 1000000 * 1000000
       where a.stream = erased_stream;
    end if;
    if cardinality(m_event) > 0 then
      insert into message_ref
      select ref, p_stream[ev], attempt from unnest(m_event, m_ref, m_attempt) u(ev, ref, attempt)
       where p_stream[ev] is not null
          on conflict do nothing;
    end if;
    with added_rows as (
      insert into event
      select po, s, ve, g, id, t, sc, now_us, oc, co, ca, cd, cn, k, pr, di, se
        from unnest(p_position, p_stream, p_version, p_gate, e_id, e_type, e_schema, e_occurred,
                    e_correlation, e_causation, e_code, e_counts, e_key, e_print, e_digest,
                    e_sealed)
             u(po, s, ve, g, id, t, sc, oc, co, ca, cd, cn, k, pr, di, se)
       where s is not null)
    insert into seal
    select first_, o_head - first_ + 1, now_us,
           sha256(tip || int8send(first_) || int4send((o_head - first_ + 1)::int4)
                  || int8send(now_us)
                  || string_agg(uuid_send(s) || int4send(ve) || di, '' order by po))
      from unnest(p_position, p_stream, p_version, e_digest) u(po, s, ve, di)
     where s is not null;
  end if;
  commit;  -- here, not at the client's Sync: from now on nobody's silence can hold the lock
end $append$;
