#include "http/handlers.hpp"
#include "http/json.hpp"
#include "projections/queries.hpp"

namespace http::handlers {
namespace {

Response not_ready(const std::string& why) {
    return answer({{"status", "not ready"}, {"reason", why}}, 503);
}

/// Prometheus' text format; label values are escaped as it asks.
class Metrics {
public:
    /// A series whose labels are written already.
    void add(const std::string& series, std::uint64_t number) {
        say_type(series.substr(0, series.find('{')));
        text_ += series + " " + std::to_string(number) + "\n";
    }
    void add(const std::string& name, const std::string& label, const std::string& value,
             std::int64_t number) {
        say_type(name);
        text_ += name;
        if (!label.empty()) text_ += "{" + label + "=\"" + escaped(value) + "\"}";
        text_ += " " + std::to_string(number) + "\n";
    }
    const std::string& text() const { return text_; }

private:
    void say_type(const std::string& name) {
        if (name == last_) return;
        const bool total = name.ends_with("_total");
        text_ += "# TYPE " + name + (total ? " counter\n" : " gauge\n");
        last_ = name;
    }
    static std::string escaped(const std::string& value) {
        std::string out;
        for (const char c : value) {
            if (c == '\\' || c == '"') out += '\\';
            out += c == '\n' ? ' ' : c;
        }
        return out;
    }
    std::string text_, last_;
};

}  // namespace

Handler live(App&) {
    return [](const Request&, const Respond& respond) { respond(answer({{"status", "alive"}})); };
}

Handler ready(App& app) {
    return [&app](const Request&, const Respond& respond) {
        if (app.draining()) return respond(not_ready("shutting down"));
        try {
            const auto head = app.store.log().head();
            const bool decides = app.decider.decides();
            Json state{{"status", "ready"}, {"head", head}, {"decides", decides}};
            state["slices"] = app.decider.slices();
            if (!decides) state["note"] = app.decider.why_not();
            respond(answer(state));
        } catch (const std::exception&) {
            respond(not_ready("the database can't be reached"));
        }
    };
}

Handler metrics(App& app) {
    return [&app](const Request&, const Respond& respond) {
        Metrics out;
        out.add("hilo_eventstore_head_position", "", "", app.store.log().head());
        out.add("hilo_decides", "", "", app.decider.decides() ? 1 : 0);
        out.add("hilo_slices_held", "", "", app.decider.slices());
        const auto states = app.runner.states();
        for (const auto& state : states) {
            out.add("hilo_projection_lag_events", "projection", std::string(state.status.name),
                    state.status.lag);
        }
        for (const auto& state : states) {
            out.add("hilo_parked_streams", "consumer", std::string(state.status.name),
                    state.status.parked_count);
        }
        const auto parked = app.decider.parked(0);
        out.add("hilo_parked_streams", "consumer", std::string(actors::conversations_consumer),
                static_cast<std::int64_t>(parked.count));
        out.add("hilo_parked_beyond_total", parked.beyond);
        constexpr std::size_t counted = 1'000;  // a person has to look at them, one by one
        const auto unknown = projections::unknown_replies(app.store.views(), counted).size();
        out.add("hilo_replies_unknown", "", "", static_cast<std::int64_t>(unknown));
        for (const auto& [name, count] : app.intake.counts()) {
            out.add("hilo_intake_items_total", "what", name, static_cast<std::int64_t>(count));
        }
        for (const auto& [series, count] : app.counters.all()) out.add(series, count);
        auto response = text(out.text());
        response.content_type = "text/plain; version=0.0.4";
        respond(response);
    };
}

Handler version(App& app) {
    return [&app](const Request&, const Respond& respond) {
        respond(answer({{"name", "hilo"}, {"version", app.version}}));
    };
}

}  // namespace http::handlers
