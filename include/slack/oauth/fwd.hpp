// Forward declarations: the names of the core, without the cost of their definitions.
#pragma once

namespace slack::oauth::inline v0 {

class Error;
class InvalidArgumentError;
class InvalidDataError;
class NotImplementedError;
class SlackApiError;
class StorageError;
class TokenRotationError;

class CustomValues;
class Logger;

struct Bot;
struct Installation;

struct BotQuery;
struct InstallationQuery;
struct InstallationRef;
struct RefreshedToken;
struct TokenReplacement;
struct WorkspaceKey;
struct WorkspaceRef;

class EventClaim;
class EventDeduplicator;
class OAuthStateStore;
class StoreChanges;
class WorkspaceLease;

template <class InstallationT, class BotT>
class BasicInstallationStore;
using InstallationStore = BasicInstallationStore<Installation, Bot>;

template <class InstallationT, class BotT>
struct BasicStores;
using Stores = BasicStores<Installation, Bot>;

template <class InstallationT, class BotT>
class BasicForwardingInstallationStore;
using ForwardingInstallationStore = BasicForwardingInstallationStore<Installation, Bot>;

namespace detail {
class CacheGenerations;
}
template <class InstallationT, class BotT, class Generations = detail::CacheGenerations>
class BasicCachingInstallationStore;
using CachingInstallationStore = BasicCachingInstallationStore<Installation, Bot>;

}  // namespace slack::oauth::inline v0
