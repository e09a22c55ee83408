# Text files become constants in a generated header, so that the binary needs no file beside it.

# <folder>/sql/*.sql -> db::sql::<name>, <folder>/migrations/<store>_*.sql -> db::migrations::<store>
function(embed_sql target folder)
  set(header ${PROJECT_BINARY_DIR}/generated/db/embedded_sql.hpp)
  file(GLOB statements CONFIGURE_DEPENDS ${folder}/sql/*.sql)
  file(GLOB migrations CONFIGURE_DEPENDS ${folder}/migrations/*.sql)
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DOUT=${header} -DFOLDER=${folder} -DMODE=sql
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${statements} ${migrations} ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PUBLIC ${PROJECT_BINARY_DIR}/generated)
endfunction()

# <folder>/page/* -> <folder>::page::files, name and content
function(embed_files target folder)
  get_filename_component(name ${folder} NAME)
  set(header ${PROJECT_BINARY_DIR}/generated/${name}/embedded_page.hpp)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/page/*)
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DOUT=${header} -DFOLDER=${folder} -DNAME=${name} -DMODE=files
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PUBLIC ${PROJECT_BINARY_DIR}/generated)
endfunction()
