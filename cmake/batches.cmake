# What compiles as one: the files of a folder, in batches of up to eight, for the headers and templates
# that they share are then compiled once.

option(BATCHED "compile the files of a folder in batches (OFF: each alone)" ON)

# in_batches(<out> <files>...): the files to compile for them, which are made at configure time. A file
# that changes configures again, for batches hold no two files that give one name to things of their own.
function(in_batches out)
  if(NOT BATCHED)
    set(${out} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  set(grouping ${PROJECT_SOURCE_DIR}/cmake/batches.awk)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${grouping} ${ARGN})
  list(TRANSFORM ARGN REPLACE "^${PROJECT_SOURCE_DIR}/" "")
  execute_process(COMMAND awk -v MOST=8 -f ${grouping} ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    OUTPUT_VARIABLE lines OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${lines}")
  foreach(line ${lines})
    string(REGEX MATCH "^([0-9]+) (.*)/([^/]*)$" _ "${line}")
    set(batch ${PROJECT_BINARY_DIR}/batches/${CMAKE_MATCH_2}/${CMAKE_MATCH_1}.cpp)
    list(APPEND batches ${batch})
    string(MD5 key ${batch})
    string(APPEND text_${key} "#include \"${CMAKE_MATCH_2}/${CMAKE_MATCH_3}\"  // NOLINT(bugprone-suspicious-include)\n")
  endforeach()
  list(REMOVE_DUPLICATES batches)
  foreach(batch ${batches})
    string(MD5 key ${batch})
    file(CONFIGURE OUTPUT ${batch} CONTENT "${text_${key}}" @ONLY)
  endforeach()
  set(${out} ${batches} PARENT_SCOPE)
endfunction()
