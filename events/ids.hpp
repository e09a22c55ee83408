#pragma once

#include "crypto/uuid.hpp"

namespace events {

using crypto::Uuid;
using StreamId = Uuid;   // random: says nothing of the person
using EventId = Uuid;    // derived (facts) or version 7 (decisions)
using TurnId = Uuid;     // version 7; one answer, or one silence, to a burst of messages
using AttemptId = Uuid;  // version 7; one try to send one part; the id of its SendRequested
using LifeId = Uuid;     // version 7; made when a conversation's actor starts

/// The name space of every id that Hilo derives (facts, streams of the system).
inline constexpr Uuid hilo_name_space{{0x6b, 0x1f, 0x0d, 0x7a, 0x52, 0x3e, 0x4c, 0x19, 0x9a, 0x44,
                                       0x68, 0x69, 0x6c, 0x6f, 0x00, 0x01}};

/// Streams that exist once: they are found by name, not by a person's alias.
inline constexpr StreamId settings_stream{
    {0x68, 0x69, 0x6c, 0x6f, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr StreamId deliveries_stream{
    {0x68, 0x69, 0x6c, 0x6f, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 2}};
inline constexpr StreamId operators_stream{
    {0x68, 0x69, 0x6c, 0x6f, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 3}};

/// Which of the 1,024 slices of decision-making a stream belongs to.
inline constexpr int slice_count = 1024;
inline int slice_of(const StreamId& stream) {
    return (stream.bytes[0] << 8 | stream.bytes[1]) % slice_count;
}

}  // namespace events
