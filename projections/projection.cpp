#include "projections/projection.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "projections/client.hpp"
#include "projections/conversation.hpp"
#include "projections/metrics.hpp"
#include "projections/open_work.hpp"
#include "projections/settings.hpp"

namespace projections {
namespace {

bool of_conversation(const events::Recorded& recorded) {
    return std::holds_alternative<events::ConversationEvent>(recorded.body);
}

class SettingsFold final : public Fold {
public:
    std::vector<Lookup> wanted(std::span<const events::Recorded> batch, int round) const override {
        if (round > 0 || std::ranges::all_of(batch, of_conversation)) return {};
        return {{&info_of<ChatbotSettings>(), {"id"}, {{"1"}}}};
    }
    void load(const TableInfo&, const Cells& row) override {
        settings_.load(row_of<ChatbotSettings>(row));
    }
    void fold(const events::Recorded& recorded) override { fold_settings(settings_, recorded); }
    Changes changes() const override { return {settings_.change()}; }

private:
    Table<ChatbotSettings> settings_;
};

class OpenWorkFold final : public Fold {
public:
    std::vector<Lookup> wanted(std::span<const events::Recorded> batch, int round) const override {
        if (round > 0) return {};
        std::set<StreamId> streams;
        for (const auto& one : batch) {
            if (of_conversation(one)) streams.insert(one.stream);
        }
        Lookup rows{&info_of<OpenWork>(), {"stream"}, {}};
        for (const auto& stream : streams) rows.keys.push_back({put(stream)});
        return {rows};
    }
    void load(const TableInfo&, const Cells& row) override { work_.load(row_of<OpenWork>(row)); }
    void fold(const events::Recorded& recorded) override { fold_open_work(work_, recorded); }
    Changes changes() const override { return {work_.change()}; }

private:
    Table<OpenWork> work_;
};

}  // namespace

std::unique_ptr<Fold> begin_settings() { return std::make_unique<SettingsFold>(); }
std::unique_ptr<Fold> begin_open_work() { return std::make_unique<OpenWorkFold>(); }

std::span<const Projection> all_projections() {
    static const std::array all{
        Projection{"messages",
                   {&info_of<Client>(), &info_of<Conversation>(), &info_of<Message>(),
                    &info_of<MessageMetrics>(), &info_of<EarlyStatus>()},
                   begin_messages},
        Projection{"settings", {&info_of<ChatbotSettings>()}, begin_settings},
        Projection{"open_work", {&info_of<OpenWork>()}, begin_open_work},
    };
    return all;
}

const Projection* projection_named(std::string_view name) {
    const auto all = all_projections();
    const auto found = std::ranges::find(all, name, &Projection::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace projections
