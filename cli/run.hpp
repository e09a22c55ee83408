#pragma once

namespace cli {

/// Reads the command line and does what it says. stdout is data, stderr is talk. Exit codes: 0 ok,
/// 1 failure, 2 usage, 3 not found, 4 conflict.
int run(int argc, char** argv);

}  // namespace cli
