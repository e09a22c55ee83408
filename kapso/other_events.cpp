#include "kapso/other_events.hpp"

#include <algorithm>
#include <array>

namespace kapso {
namespace {

constexpr std::array<std::string_view, 29> kapso_events{
    "kapso_agent.run.approval_required",
    "kapso_agent.run.cancelled",
    "kapso_agent.run.completed",
    "kapso_agent.run.failed",
    "project.event",
    "whatsapp.account.disabled",
    "whatsapp.account.reinstated",
    "whatsapp.account.restricted",
    "whatsapp.account.violation",
    "whatsapp.config.created",
    "whatsapp.contact.identity_changed",
    "whatsapp.contact.marketing_preference_changed",
    "whatsapp.conversation.created",
    "whatsapp.conversation.ended",
    "whatsapp.conversation.inactive",
    "whatsapp.meta_business_agent.handover",
    "whatsapp.phone_number.created",
    "whatsapp.phone_number.deleted",
    "whatsapp.phone_number.disconnected",
    "whatsapp.phone_number.offboarded",
    "whatsapp.phone_number.reconnected",
    "workflow.execution.failed",
    "workflow.execution.handoff",
    // The older names, without the product.
    "conversation.created",
    "conversation.ended",
    "conversation.inactive",
    "phone_number.created",
    "account.disabled",
    "account.reinstated",
};

constexpr std::array<std::string_view, 22> meta_fields{
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "calls",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
    "user_preferences",
};

}  // namespace

bool is_documented_elsewhere(std::string_view name) {
    // What the phone app tells of its contacts, not of its messages.
    return name == "smb_app_state_sync" ||
           std::ranges::find(kapso_events, name) != kapso_events.end() ||
           std::ranges::find(meta_fields, name) != meta_fields.end();
}

}  // namespace kapso
