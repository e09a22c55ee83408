#pragma once

#include "http/app.hpp"

/// What each route does; routes.cpp says where it is. Every function makes a handler.
namespace http::handlers {

// webhook.cpp
Handler verify_webhook(App& app);
Handler take_webhook(App& app);

// settings.cpp
Handler get_settings(App& app);
Handler put_settings(App& app);

// conversations.cpp
Handler list_conversations(App& app);
Handler get_conversation(App& app);
Handler reply_to_conversation(App& app);
Handler settle_message(App& app);

// chat.cpp
Handler test_chat(App& app);
Handler chat(App& app);

// log.cpp
Handler list_events(App& app);
Handler list_projections(App& app);
Handler rebuild_projection(App& app);
Handler list_deliveries(App& app);
Handler replay_delivery(App& app);

// parked.cpp
Handler list_parked(App& app);
Handler act_on_parked(App& app);

// health.cpp
Handler live(App& app);
Handler ready(App& app);
Handler metrics(App& app);
Handler version(App& app);

}  // namespace http::handlers
