// Says what is wrong with an HTML page. It knows a strict subset of HTML5, which the library's pages keep to: elements
// in lower case that are closed in order, attributes in double quotes, and no character that should be escaped.
#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace test {

class HtmlChecker {
 public:
  explicit HtmlChecker(std::string_view html) : rest_(html) {
    read();
    require_whole_page();
  }

  /// One line for each problem; empty where there is none.
  [[nodiscard]] const std::string& problems() const { return problems_; }

  /// The text of the document, without elements and with references as they stand in the source.
  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] const std::vector<std::string>& links() const { return links_; }

 private:
  using Attributes = std::map<std::string, std::string>;

  void problem(const std::string& what) { problems_ += what + "\n"; }

  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  std::string name() {
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) {
      return std::islower(static_cast<unsigned char>(c)) == 0 && std::isdigit(static_cast<unsigned char>(c)) == 0 &&
             c != '-' && c != 'B';  // viewBox
    });
    std::string found(rest_.begin(), end);
    rest_.remove_prefix(found.size());
    return found;
  }

  void check_references(std::string_view text) {
    for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
      bool is_known = false;
      for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
        is_known = is_known || text.substr(at).starts_with(known);
      }
      if (!is_known) problem("a & that is not escaped: " + std::string(text.substr(at, 20)));
    }
    for (const char c : text) {
      if (c == '<' || c == '>' || (c >= 0 && c < ' ' && c != '\n')) problem("a character that is not escaped");
    }
  }

  void read() {
    if (!skip("<!DOCTYPE html>\n")) problem("no doctype");
    while (!rest_.empty()) {
      if (rest_.front() == '<') {
        read_tag();
      } else {
        const std::string_view text = rest_.substr(0, rest_.find('<'));
        rest_.remove_prefix(text.size());
        check_references(text);
        text_ += text;
        if (!open_.empty()) content_[open_.back()] += text;
      }
    }
    if (!open_.empty()) problem("not closed: " + open_.back());
  }

  void read_tag() {
    if (skip("</")) {
      const std::string closed = name();
      if (!skip(">")) problem("a malformed end tag");
      if (open_.empty() || open_.back() != closed) {
        problem("</" + closed + "> closes another element");
      } else {
        open_.pop_back();
      }
      return;
    }
    rest_.remove_prefix(1);
    const std::string element = name();
    if (element.empty()) {
      problem("a < that is not escaped");
      return;
    }
    const Attributes attributes = read_attributes(element);
    const bool is_closed = skip("/");
    if (!skip(">")) {
      problem("a malformed tag: " + element);
      rest_ = {};
      return;
    }
    ++count_[element];
    check_element(element, attributes);
    if (!is_closed && element != "meta") open_.push_back(element);
    if (element == "style") {
      style_ = rest_.substr(0, rest_.find("</style>"));
      rest_.remove_prefix(style_.size());
    }
  }

  Attributes read_attributes(const std::string& element) {
    Attributes attributes;
    while (skip(" ")) {
      const std::string attribute = name();
      if (!skip("=\"")) {
        problem("an attribute without a quoted value in " + element);
        break;
      }
      const std::string value(rest_.substr(0, rest_.find('"')));
      rest_.remove_prefix(std::min(value.size() + 1, rest_.size()));
      check_references(value);
      if (!attributes.emplace(attribute, value).second) problem("twice: " + attribute);
    }
    return attributes;
  }

  void check_element(const std::string& element, const Attributes& attributes) {
    static const std::set<std::string> known{"html", "head", "meta", "title", "style", "body", "main", "svg", "circle",
                                             "path", "h1",   "p",    "div",   "a",     "bdi",  "code", "ul",  "li"};
    if (known.count(element) == 0) problem("an unknown element: " + element);
    for (const auto& [attribute, value] : attributes) {
      if (attribute.starts_with("on") || attribute == "style" || attribute == "src")
        problem("not allowed: " + attribute);
      if (attribute == "href") {
        const bool is_safe = value.starts_with("https://") || value.starts_with("slack://") || value.starts_with("/");
        if (!is_safe) problem("an unsafe link: " + value);
        links_.push_back(value);
      }
    }
    const auto value_of = [&](const std::string& attribute) {
      const auto found = attributes.find(attribute);
      return found == attributes.end() ? std::string() : found->second;
    };
    if (element == "html") language_ = value_of("lang");
    if (element == "meta" && !value_of("charset").empty()) charset_ = value_of("charset");
    if (element == "meta" && value_of("name") == "viewport") viewport_ = value_of("content");
    if (element == "svg" && value_of("aria-hidden") != "true") problem("a picture without a text");
  }

  void require_whole_page() {
    for (const std::string element : {"html", "head", "title", "body", "main", "h1"}) {
      if (count_[element] != 1) problem("not exactly one " + element);
    }
    if (language_.empty()) problem("no language");
    if (charset_ != "utf-8") problem("no charset");
    if (viewport_.find("width=device-width") == std::string::npos) problem("no viewport");
    if (viewport_.find("user-scalable") != std::string::npos) problem("zooming is forbidden");
    if (content_["title"].empty()) problem("no title");
    if (content_["h1"].empty()) problem("no heading");
    if (links_.empty()) problem("nowhere to go on");
  }

  std::string_view rest_;
  std::string problems_;
  std::string text_;
  std::string_view style_;
  std::vector<std::string> open_;
  std::vector<std::string> links_;
  std::map<std::string, int> count_;
  std::map<std::string, std::string> content_;
  std::string language_;
  std::string charset_;
  std::string viewport_;
};

}  // namespace test
