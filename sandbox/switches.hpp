#pragma once

#include <string>
#include <string_view>

namespace sandbox {

/// How the outside behaves; changed while it runs. Times in milliseconds.
struct Switches {
    // Webhooks
    std::string shape = "v2";               // of the bodies: v2, batch, v1, meta
    std::string status_order = "in_order";  // in_order, reversed, early (before the send's answer)
    bool statuses = true;                   // sent, delivered (and failed) are reported at all
    bool auto_read = false;                 // the customer reads every message at once
    bool echo_key = true;                   // biz_opaque_callback_data comes back in statuses
    int duplicates = 0;                     // further copies of each webhook; at most 5
    int status_delay = 300;                 // between a send's answer and each of its statuses
    int batch_window = 500;                 // how long a batch waits for more
    double retry_scale = 1.0;               // Kapso retries after 10, 40 and 90 s times this
    bool pauses = false;                    // a webhook that fails too often is switched off
    // Kapso's answer to a send
    std::string send_fault = "none";  // the choices are in switches.cpp
    int send_fault_times = 0;         // ends after so many; 0: stays
    int send_latency = 60;            // a second send to the same person meanwhile gets 409
    int fail_code = 131026;           // for the fault "failed_later"
    int minute_limit = 0;             // calls with the key in a minute; 0: none, and no headers
    bool strangers = false;           // may be written to who never wrote to this sandbox
    bool pair_limit = true;           // 131056 beyond 45 messages to a person and 1 in 6 s
    // Kapso's answer to a list
    std::string list_fault = "none";
    int list_fault_times = 0;
    // Models
    std::string model_fault = "none";  // the choices are in switches.cpp
    int model_fault_times = 0;
    int model_latency = 700;
    int slow = 30'000;  // what the faults "slow" wait
};

/// As JSON, every switch by its name.
std::string written(const Switches& switches);
/// What every switch with a name may be, by name: {"shape":["v2",...],...}.
std::string choices();
/// What every switch does, and every fault, in a sentence: {"shape":"...","send_fault=402":"..."}.
std::string about();

/// Sets the fields that a JSON object names; what is wrong with it, and how to mend it, where
/// something is: then nothing has changed.
std::string change(Switches& switches, std::string_view json);

}  // namespace sandbox
