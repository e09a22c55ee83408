# shellcheck shell=bash
# The stages of .ci/run and .ci/nightly, and how they are counted. Sourced in the repository's root.
. scripts/lib.sh
passed=0
failed=()

# stage NAME COMMAND...: runs it in a shell of its own, times it, remembers how it ended.
stage() {
    local name=$1 began=$SECONDS
    shift
    say "stage $name"
    (
        set -e # would be ignored inside a condition
        "$@"
    )
    if (($? == 0)); then
        passed=$((passed + 1))
        say "stage $name passed in $((SECONDS - began)) s"
    else
        failed+=("$name")
        say "stage $name FAILED after $((SECONDS - began)) s"
    fi
}

finish() {
    ((${#failed[@]} == 0)) || say "failed: ${failed[*]}"
    say "all stages took $SECONDS s"
    printf '%d passed, %d failed\n' "$passed" "${#failed[@]}"
    ((${#failed[@]} == 0))
    exit
}

# The tests print what they took of the documented bodies; ctest keeps it. None may be left out.
count_samples() {
    local counts
    counts=$(grep -oE '(taken|posted|samples: taken) [0-9]+, expected [0-9]+, skipped [0-9]+' build/dev/junit.xml) ||
        fail "the sample tests have not run: is there a sample folder beside the project?"
    echo "$counts"
    ! grep -qvE 'skipped 0$' <<<"$counts"
}

# Which tests did not run, by ctest's account: those of the samples and of the guides skip where
# these are not beside the project, and would pass unseen. The one reason that is none stands here.
count_skipped() {
    awk -F '"' '
        /<testcase / {
            name = $2
            sub(/ .*/, "", name)
            ran = !/status="notrun"/
            excused = 0
            is_guide = name ~ /Guide/
            expected += is_guide
            taken += is_guide && ran
        }
        $0 == "no store has a part in it" { excused = 1 }
        /<\/testcase>/ && !ran && !excused {
            print "did not run: " name
            missing = 1
        }
        END {
            printf "guides: taken %d, expected %d, skipped %d\n", taken, expected, expected - taken
            exit missing || !expected
        }
    ' build/dev/junit.xml
}

check_format() {
    git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format --dry-run -Werror
}

# tidy FOLDER FILES [OPTION...]: over the commands in FOLDER for what matches FILES.
tidy() {
    local folder=$1 files=$2
    shift 2
    run-clang-tidy -quiet -p "$folder" -j "$(jobs_that_fit)" "$@" "$files" >build/tidy.log 2>&1 || {
        grep -E '(error|warning):' -A 3 build/tidy.log || cat build/tidy.log
        return 1
    }
}

# The batches that the tests stage has compiled; the static analyser, whose time goes into our code and
# not into headers, is the nightly's, and shadows are g++'s, which knows a batch's own names.
check_tidy() {
    tidy build/dev "^$PWD/(main|build/dev/batches/(?!tests/).*)\.cpp$" -checks='-clang-analyzer-*' \
        -extra-arg=-Wno-unknown-warning-option -extra-arg=-Wno-shadow
}

# Each file alone, so that none leans on what another one includes, with all that .clang-tidy asks for.
check_tidy_whole() {
    build dev hilo
    cmake --preset dev -B build/alone -DBATCHED=OFF --log-level=WARNING
    cp -r build/dev/generated build/alone
    tidy build/alone "^$PWD/(?!tests/|bench/|build/).*\.cpp$"
}

# fuzz SECONDS: each target for that long, two at a time. A crash leaves its input in build/fuzz.
fuzz() {
    build fuzz fuzzers
    local targets=(build/fuzz/tests/fuzz/*_fuzz)
    [[ -x ${targets[0]} ]] || fail "there are no fuzz targets"
    printf '%s\n' "${targets[@]}" | xargs -P 2 -I {} .ci/fuzz-one {} "$1"
}

check_scripts() {
    shellcheck --external-sources --severity=warning run test .ci/run .ci/nightly .ci/stages.sh .ci/fuzz-one \
        scripts/install scripts/lib.sh scripts/check-packages scripts/mutants
    # The planted bugs of scripts/mutants follow the code.
    local patch
    for patch in tests/simulation/mutants/*.patch; do git apply --check "$patch"; done
}

# A simulated history has one thread; a few are run for what stands behind them.
test_threads() {
    build tsan
    HILO_HISTORIES=100 ctest --test-dir build/tsan --output-on-failure --parallel 2
}

# halves FILTER PROGRAM: the tests of a program, half of them in each of two processes.
halves() {
    export GTEST_TOTAL_SHARDS=2
    printf '%s\n' 0 1 | xargs -P 2 -I {} env GTEST_SHARD_INDEX={} \
        "$2" --gtest_filter="$1" --gtest_brief=1
}

# simulate COUNT: so many seeded histories, optimised.
simulate() {
    build release simulation_test
    HILO_HISTORIES=$1 halves '*' build/release/tests/simulation_test
}

# soak SECONDS: traffic and faults for so long, on both stores at once.
soak() {
    build dev faults_test
    HILO_SOAK_SECONDS=$1 halves '*Soak*' build/dev/tests/faults_test
}

# kill_often TIMES ENDS: `kill -9` so often on each store, and so many ends of PostgreSQL.
kill_often() {
    build dev faults_test
    HILO_KILLS=$1 HILO_DB_KILLS=$2 halves '*RandomKills*:PostgresqlEnds*' build/dev/tests/faults_test
}

# A kill at every step and around every commit.
kill_at_steps() {
    build dev faults_test
    build/dev/tests/faults_test --gtest_filter='*Steps*' --gtest_brief=1
}

# overload SECONDS: four times what the server can take, optimised.
overload() {
    build release faults_test
    HILO_OVERLOAD_SECONDS=$1 build/release/tests/faults_test --gtest_filter='*Overload*' --gtest_brief=1
}

# get_ready EVENTS: a start on a log of so many events, optimised.
get_ready() {
    build release faults_test
    HILO_READY_EVENTS=$1 build/release/tests/faults_test --gtest_filter='*Ready*' --gtest_brief=1
}
