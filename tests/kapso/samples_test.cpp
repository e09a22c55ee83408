#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "describe.hpp"
#include "tests/support/places.hpp"

namespace {

namespace fs = std::filesystem;
using Expected = std::vector<std::string>;

const fs::path samples = support::source_dir() + "/../shared/samples";

struct Sample {
    Expected items;
    std::string event = {};  // X-Webhook-Event, where the body names none
};

const std::string received = "whatsapp.message.received";

/// What every documented webhook body says, by its path below the sample folder.
const std::map<std::string, Sample> table{
    {"kapso/observed-v1-text.json", {{"inbound text"}}},
    {"kapso/v1-received-docs.json", {{"inbound text"}}},
    {"kapso/v1-test_delivery.json", {{"inbound text"}}},
    {"kapso/synthetic-batch-duplicate_in_batch.json",
     {{"inbound text", "inbound text", "inbound text"}}},
    {"kapso/synthetic-batch-empty.json", {{"ignored an empty list"}}},
    {"kapso/synthetic-batch-one.json", {{"inbound text"}}},
    {"kapso/synthetic-business_app_echo.json", {{"outbound phone_app"}, "whatsapp.message.sent"}},
    {"kapso/synthetic-history_sync.json", {{"inbound history text"}, received}},
    {"kapso/synthetic-message_read.json",
     {{"outbound", "status delivered", "status read"}, "whatsapp.message.read"}},
    {"kapso/synthetic-received_no_from.json", {{"inbound text"}, received}},
    {"kapso/synthetic-received_unsupported.json", {{"inbound unsupported"}, received}},
    {"kapso/v2-account_disabled.json", {{"ignored whatsapp.account.disabled"}}},
    {"kapso/v2-account_reinstated.json", {{"ignored whatsapp.account.reinstated"}}},
    {"kapso/v2-account_restricted.json", {{"ignored whatsapp.account.restricted"}}},
    {"kapso/v2-account_violation.json", {{"ignored whatsapp.account.violation"}}},
    {"kapso/v2-batch-account_events.json",
     {{"ignored whatsapp.account.restricted", "ignored whatsapp.account.disabled"}}},
    // Nobody is named as the sender, so there is no conversation.
    {"kapso/v2-batch-body_flag_only.json", {{"unclear"}}},
    {"kapso/v2-batch-minimal.json", {{"unclear", "unclear"}}},
    {"kapso/v2-batch-two.json", {{"inbound text", "inbound text"}}},
    {"kapso/v2-event_in_body-document.json", {{"inbound document"}}},
    {"kapso/v2-event_in_body-text.json", {{"inbound text"}}},
    {"kapso/v2-event_in_body-voice.json", {{"inbound audio"}}},
    {"kapso/v2-fragment-audio_content_transcript.json", {{"inbound audio"}, received}},
    // Fragments of the documentation: no sender.
    {"kapso/v2-fragment-audio_messages.json", {{"unclear"}, received}},
    {"kapso/v2-fragment-interactive_messages.json", {{"unclear"}, received}},
    {"kapso/v2-fragment-location_messages.json", {{"unclear"}, received}},
    {"kapso/v2-fragment-media_messages_image_video_document.json", {{"unclear"}, received}},
    {"kapso/v2-fragment-reaction_messages.json", {{"unclear"}, received}},
    {"kapso/v2-fragment-template_messages.json", {{"unclear"}, received}},
    {"kapso/v2-fragment-status_object.json", {{"unclear"}}},
    {"kapso/v2-received-bsuid-2026.json", {{"inbound text"}, received}},
    {"kapso/v2-unknown_event.json", {{"unclear"}, "kapso.something.new"}},
    {"kapso/v2-whatsapp_conversation_created.json",
     {{"ignored whatsapp.conversation.created"}, "whatsapp.conversation.created"}},
    {"kapso/v2-whatsapp_conversation_ended.json",
     {{"ignored whatsapp.conversation.ended"}, "whatsapp.conversation.ended"}},
    {"kapso/v2-whatsapp_conversation_inactive.json",
     {{"ignored whatsapp.conversation.inactive"}, "whatsapp.conversation.inactive"}},
    {"kapso/v2-whatsapp_message_delivered.json",
     {{"outbound", "status delivered"}, "whatsapp.message.delivered"}},
    {"kapso/v2-whatsapp_message_failed.json",
     {{"outbound", "status failed 131047"}, "whatsapp.message.failed"}},
    {"kapso/v2-whatsapp_message_received.json", {{"inbound text"}, received}},
    {"kapso/v2-whatsapp_message_sent.json", {{"outbound"}, "whatsapp.message.sent"}},
    {"kapso/v2-whatsapp_phone_number_created.json",
     {{"ignored whatsapp.phone_number.created"}, "whatsapp.phone_number.created"}},
    {"kapso/v2-workflow_execution_failed.json", {{"ignored workflow.execution.failed"}}},
    {"kapso/v2-workflow_execution_handoff.json", {{"ignored workflow.execution.handoff"}}},
    {"kapso/v2-workflow_handoff-partial.json", {{"ignored workflow.execution.handoff"}}},

    {"meta/metadoc-account_review_update-example_payload.json",
     {{"ignored account_review_update"}}},
    {"meta/metadoc-account_update-partner_app_installed.json", {{"ignored account_update"}}},
    {"meta/metadoc-account_update-partner_app_uninstalled.json", {{"ignored account_update"}}},
    {"meta/metadoc-audio-example.json", {{"inbound audio"}}},
    {"meta/metadoc-autofill-button-authentication-templates-example_webhook.json",
     {{"inbound button"}}},
    {"meta/metadoc-automatic-events-api-lead_gen_event_example.json",
     {{"ignored automatic_events"}}},
    {"meta/metadoc-automatic-events-api-purchase_event_example.json",
     {{"ignored automatic_events"}}},
    {"meta/metadoc-business-scoped-user-ids-incoming_messages_webhooks.json", {{"inbound text"}}},
    {"meta/metadoc-business-scoped-user-ids-status_messages_webhooks-2.json",
     {{"status delivered"}}},
    {"meta/metadoc-business-scoped-user-ids-status_messages_webhooks.json", {{"status delivered"}}},
    {"meta/metadoc-business_capability_update-payload_example.json",
     {{"ignored business_capability_update"}}},
    {"meta/metadoc-button-example.json", {{"inbound button"}}},
    {"meta/metadoc-call-settings-enforcement_webhook.json", {{"ignored account_update"}}},
    {"meta/metadoc-call-settings-warning_webhook.json", {{"ignored account_update"}}},
    {"meta/metadoc-call-settings-webhook-2.json", {{"ignored account_update"}}},
    {"meta/metadoc-call-settings-webhook.json", {{"ignored account_update"}}},
    {"meta/metadoc-contacts-example.json", {{"inbound contacts"}}},
    {"meta/metadoc-document-example.json", {{"inbound document"}}},
    {"meta/metadoc-errors-example.json", {{"ignored errors"}}},
    {"meta/metadoc-flowswebhooks-possible_resolutions-2.json", {{"ignored flows"}}},
    {"meta/metadoc-flowswebhooks-possible_resolutions-3.json", {{"ignored flows"}}},
    {"meta/metadoc-flowswebhooks-possible_resolutions-4.json", {{"ignored flows"}}},
    {"meta/metadoc-flowswebhooks-possible_resolutions-5.json", {{"ignored flows"}}},
    {"meta/metadoc-flowswebhooks-possible_resolutions.json", {{"ignored flows"}}},
    {"meta/metadoc-flowswebhooks-status_change_webhook-2.json", {{"ignored flows"}}},
    {"meta/metadoc-flowswebhooks-status_change_webhook.json", {{"ignored flows"}}},
    {"meta/metadoc-get-started-for-solution-partners-step_6_receive_a_message_from_consumer_a.json",
     {{"inbound text"}}},
    {"meta/metadoc-group-example.json", {{"inbound group text"}}},
    {"meta/metadoc-image-example.json", {{"inbound image"}}},
    {"meta/metadoc-interactive-list-messages-webhooks.json", {{"inbound interactive"}}},
    {"meta/metadoc-interactive-reply-buttons-messages-example_webhook.json",
     {{"inbound interactive"}}},
    {"meta/metadoc-location-example.json", {{"inbound location"}}},
    {"meta/metadoc-location-request-messages-example_webhook.json", {{"inbound location"}}},
    {"meta/metadoc-message_template_components_update-example.json",
     {{"ignored message_template_components_update"}}},
    {"meta/metadoc-message_template_quality_update-example.json",
     {{"ignored message_template_status_update"}}},
    {"meta/metadoc-message_template_status_update-example.json",
     {{"ignored message_template_status_update"}}},
    {"meta/metadoc-messages-outgoing_messages.json", {{"status delivered"}}},
    {"meta/metadoc-mpm-templates-sample_webhook.json", {{"inbound order"}}},
    {"meta/metadoc-no-storage-example_payload.json", {{"status failed 131036"}}},
    {"meta/metadoc-no-storage-failure_to_deliver_webhooks.json", {{"ignored errors"}}},
    {"meta/metadoc-onboarding-apis-sample_payment_configuration_webhook.json",
     {{"ignored payment_configuration_update"}}},
    {"meta/metadoc-onboarding-business-app-users-example-2.json", {{"inbound system"}}},
    {"meta/metadoc-onboarding-business-app-users-example.json", {{"inbound image"}}},
    {"meta/metadoc-onboarding-business-app-users-example_payload-2.json", {{"outbound phone_app"}}},
    {"meta/metadoc-onboarding-business-app-users-example_payload.json",
     {{"ignored account_update"}}},
    {"meta/metadoc-onboarding-business-app-users-example_payload_chat_history_sharing_app.json",
     {{"outbound history", "outbound history", "inbound history text", "outbound history"}}},
    {"meta/metadoc-onboarding-business-app-users-example_payload_for_media_message_asset.json",
     {{"inbound history image"}}},
    {"meta/metadoc-order-example.json", {{"inbound order"}}},
    // An answer of Meta's configuration interface, no webhook.
    {"meta/metadoc-override-example_response.json", {{"unclear"}}},
    {"meta/metadoc-overview-webhooks.json", {{"inbound text"}}},
    {"meta/metadoc-partner_solutions-example.json", {{"ignored partner_solutions"}}},
    {"meta/metadoc-payment_configuration_update-example_payload.json",
     {{"ignored payment_configuration_update"}}},
    {"meta/metadoc-phone_number_name_update-example.json", {{"ignored phone_number_name_update"}}},
    {"meta/metadoc-phone_number_quality_update-example.json",
     {{"ignored phone_number_quality_update"}}},
    {"meta/metadoc-security-example.json", {{"ignored security"}}},
    {"meta/metadoc-smb_app_state_sync-example.json", {{"ignored smb_app_state_sync"}}},
    {"meta/metadoc-smb_message_echoes-example.json", {{"outbound phone_app"}}},
    {"meta/metadoc-status-examples-2.json", {{"status sent"}}},
    {"meta/metadoc-status-examples-3.json", {{"status failed 131049"}}},
    {"meta/metadoc-status-examples.json", {{"status sent"}}},
    {"meta/metadoc-sticker-example.json", {{"inbound sticker"}}},
    {"meta/metadoc-system-example.json", {{"inbound system"}}},
    {"meta/metadoc-template_category_update-examples-2.json",
     {{"ignored template_category_update"}}},
    {"meta/metadoc-template_category_update-examples.json", {{"ignored template_category_update"}}},
    {"meta/metadoc-text-click_to_whatsapp_ad.json", {{"inbound text"}}},
    {"meta/metadoc-text-message_business_button.json", {{"inbound text"}}},
    {"meta/metadoc-unsupported-example.json", {{"inbound unsupported"}}},
    {"meta/metadoc-user_preferences-example.json", {{"ignored user_preferences"}}},
    {"meta/metadoc-video-example.json", {{"inbound video"}}},
    {"meta/metadoc-whatsapp-business-accounts-webhooks.json", {{"ignored account_update"}}},
};

bool is_webhook(const fs::path& file) {
    if (file.extension() != ".json") return false;
    if (file.parent_path().filename() == "meta") return true;
    const auto name = file.filename().string();
    return name.starts_with("v1-") || name.starts_with("v2-") || name.starts_with("observed-") ||
           name.starts_with("synthetic-");
}

std::string contents(const fs::path& file) {
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
}

/// Every webhook body of the sample folder, by its path below it.
std::map<std::string, std::string> bodies() {
    std::map<std::string, std::string> out;
    for (const auto* folder : {"kapso", "meta"}) {
        for (const auto& entry : fs::directory_iterator(samples / folder)) {
            if (!is_webhook(entry.path())) continue;
            out[folder + ("/" + entry.path().filename().string())] = contents(entry.path());
        }
    }
    return out;
}

bool missing() { return !fs::exists(samples / "kapso"); }

TEST(SamplesTest, EveryWebhookBodySaysWhatTheTableNames) {
    if (missing()) GTEST_SKIP() << "no sample folder beside the project: " << samples;
    int taken = 0;
    const auto all = bodies();
    for (const auto& [name, body] : all) {
        const auto row = table.find(name);
        if (row == table.end()) {
            ADD_FAILURE() << name << " has no row in the table";
            continue;
        }
        const auto items = kapso::read_payload(
            body, {.event = row->second.event, .idempotency_key = "key", .batch = {}});
        EXPECT_EQ(describe(items), row->second.items) << name;
        ++taken;
    }
    for (const auto& [name, row] : table) EXPECT_TRUE(all.contains(name)) << name << " is gone";
    std::cout << "taken " << taken << ", expected " << table.size() << ", skipped "
              << static_cast<int>(all.size()) - taken << "\n";
}

/// The samples broken in many ways: each still gives items, and never an exception.
TEST(SamplesTest, DamagedBodiesNeverThrow) {
    if (missing()) GTEST_SKIP() << "no sample folder beside the project: " << samples;
    std::vector<std::string> all;
    for (const auto& [name, body] : bodies()) all.push_back(body);
    EXPECT_TRUE(rc::check([&](std::size_t which,
                              const std::vector<std::pair<std::size_t, char>>& changes,
                              std::size_t length) {
        auto body = all[which % all.size()];
        for (const auto& [where, what] : changes) body[where % body.size()] = what;
        if (length % 3 == 0) body.resize(length % body.size());
        for (const auto* event : {"", "whatsapp.message.received", "whatsapp.message.delivered"}) {
            const kapso::Headers headers{.event = event, .idempotency_key = {}, .batch = {}};
            static_cast<void>(kapso::read_payload(body, headers));
        }
    }));
}

}  // namespace
