using System.Diagnostics;
using Xunit;

namespace Cass.Tests.Distributed;

/// <summary>Two network namespaces of this machine, each with an address and a name of its own, and a cable between them. They go with the test.</summary>
internal sealed class TwoHosts : IDisposable
{
    private const string Network = "10.77.0";
    private readonly string id = $"cass{Environment.ProcessId % 100000}";
    private readonly string agent;

    /// <summary>Makes them; the test is skipped where this is not allowed.</summary>
    /// <param name="folder">Where the script is written by which the launcher reaches the other host.</param>
    public TwoHosts(string folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/sbin/ip") && Environment.UserName == "root", "Network namespaces need Linux, the program ip, and root.");
        Assert.SkipUnless(TryRun("ip", "netns", "add", $"{id}a"), "Network namespaces are not permitted here.");
        Run("ip", "netns", "add", $"{id}b");
        Run("ip", "link", "add", $"{id}a", "netns", $"{id}a", "type", "veth", "peer", "name", $"{id}b", "netns", $"{id}b");
        foreach (var (host, number) in ((string, int)[])[("a", 1), ("b", 2)])
        {
            Run("ip", "-n", id + host, "addr", "add", $"{Network}.{number}/24", "dev", id + host);
            Run("ip", "-n", id + host, "link", "set", "lo", "up");
            Run("ip", "-n", id + host, "link", "set", id + host, "up");
        }

        agent = Path.Combine(folder, "agent");
        File.WriteAllText(agent, $"#!/bin/bash\nwhile [[ $1 == -* ]]; do shift; done\nshift\nexec ip netns exec {id}b unshare --uts sh -c \"hostname {id}-b; $*\"\n");
        Run("chmod", "+x", agent);
    }

    /// <summary>The launcher on the first host, for one process on each, with messages over TCP. Open MPI looks every second whether the other daemon is there.</summary>
    public string[] Launcher =>
    [
        "ip", "netns", "exec", $"{id}a", "unshare", "--uts", "sh", "-c", $"hostname {id}-a; exec \"$@\"", "sh",
        "mpirun.openmpi", "--allow-run-as-root", "--bind-to", "none", "-n", "2", "-H", $"{Network}.1:1,{Network}.2:1",
        "--mca", "plm_rsh_agent", agent, "--mca", "plm_rsh_no_tree_spawn", "1",
        "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", $"{Network}.0/24", "--mca", "oob_tcp_if_include", $"{Network}.0/24",
        "--mca", "oob_tcp_keepalive_time", "3", "--mca", "oob_tcp_keepalive_intvl", "1", "--mca", "oob_tcp_keepalive_probes", "3",
        "-x", "OMP_NUM_THREADS", "-x", "TERM", "-x", "CASS_MPI_TIMEOUT",
    ];

    /// <summary>Cuts the cable.</summary>
    public void Cut() => Run("ip", "-n", $"{id}b", "link", "set", $"{id}b", "down");

    /// <summary>Joins it again.</summary>
    public void Mend() => Run("ip", "-n", $"{id}b", "link", "set", $"{id}b", "up");

    public void Dispose()
    {
        TryRun("ip", "netns", "del", $"{id}a");
        TryRun("ip", "netns", "del", $"{id}b");
    }

    private static void Run(params string[] command) => Assert.True(TryRun(command), string.Join(' ', command));

    private static bool TryRun(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
