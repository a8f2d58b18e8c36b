namespace CsmAgent.Models.Hub;

/// <summary>Why the hub could not give a file.</summary>
public enum HubFault
{
    /// <summary>The catalogue is wrong or lacks the name.</summary>
    Catalogue,

    /// <summary>Offline mode, and the file is not in the cache.</summary>
    Offline,

    /// <summary>No token, or one the hub does not accept.</summary>
    Unauthorized,

    /// <summary>The publisher's terms have not been accepted.</summary>
    Gated,

    /// <summary>No such repository, revision or file.</summary>
    NotFound,

    /// <summary>Too many requests, and the wait asked for is too long.</summary>
    RateLimited,

    /// <summary>No endpoint answered, or the connection kept breaking.</summary>
    Unreachable,

    /// <summary>What came is not what was promised: size or hash differ.</summary>
    Corrupt,

    /// <summary>The cache's disk is full or not writable.</summary>
    Disk,
}
