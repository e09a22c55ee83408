#include <algorithm>
#include <cctype>
#include <set>

#include "sandbox/models.hpp"

namespace sandbox {
namespace {

bool has_spanish_letter(const std::string& text) {
    constexpr std::string_view letters[] = {"¿", "¡", "ñ", "á", "é", "í", "ó",
                                            "ú", "Ñ", "Á", "É", "Í", "Ó", "Ú"};
    return std::ranges::any_of(letters,
                               [&](auto letter) { return text.find(letter) != text.npos; });
}

bool has_spanish_word(const std::string& text) {
    static const std::set<std::string> words{
        "hola",   "que",     "como",   "cual",    "cuales",   "donde",  "cuando", "cuanto",
        "cuesta", "gracias", "buenos", "buenas",  "dias",     "tardes", "quiero", "necesito",
        "tienen", "puedo",   "precio", "horario", "horarios", "por",    "favor",  "una",
        "los",    "las",     "el",     "es",      "para"};
    std::string word;
    for (const char c : text + " ") {
        if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else if (words.contains(std::exchange(word, {}))) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string friendly_answer(const std::string& question) {
    if (has_spanish_letter(question) || has_spanish_word(question)) {
        return "¡Hola! Gracias por escribirnos. Preguntas: “" + question +
               "”. Soy un modelo de prueba, así que no sé más, pero tu mensaje ha llegado bien.";
    }
    return "Hello! Thank you for writing. You say: “" + question +
           "”. I am a model to try things with, so that is all I know, but your message arrived.";
}

}  // namespace sandbox
