using Xunit;

namespace Cass.Tests.Processors;

/// <summary>Quotas of control groups, in folders that hold what Linux shows of them.</summary>
public sealed class ControlGroupsTests : IDisposable
{
    private const string SecondVersionMount = "31 23 0:28 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate";
    private const string FirstVersionMount = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:11 - cgroup cgroup rw,cpu,cpuacct";
    private readonly TemporaryFolder root = new();

    public void Dispose() => root.Dispose();

    [Theory]
    [InlineData("200000 100000", 2.0)]
    [InlineData("150000 100000\n", 1.5)]
    [InlineData("50000 200000", 0.25)]
    [InlineData("max 100000", null)]
    [InlineData("", null)]
    [InlineData("nonsense", null)]
    [InlineData("100000 0", null)]
    public void The_second_version_has_quota_and_period_in_one_file(string content, double? expected)
    {
        Process("0::/app.slice", SecondVersionMount);
        Write("sys/fs/cgroup/app.slice/cpu.max", content);

        Assert.Equal(expected, ControlGroups.ReadQuota(root.Path));
    }

    [Theory]
    [InlineData("100000", "100000", 1.0)]
    [InlineData("350000\n", "100000\n", 3.5)]
    [InlineData("-1", "100000", null)]
    [InlineData("100000", null, null)]
    public void The_first_version_has_two_files(string quota, string? period, double? expected)
    {
        Process("12:memory:/elsewhere\n4:cpuacct,cpu:/docker/0123\n0::/", FirstVersionMount);
        Write("sys/fs/cgroup/cpu,cpuacct/docker/0123/cpu.cfs_quota_us", quota);
        Write("sys/fs/cgroup/cpu,cpuacct/docker/0123/cpu.cfs_period_us", period);

        Assert.Equal(expected, ControlGroups.ReadQuota(root.Path));
    }

    [Fact]
    public void The_smallest_quota_of_the_groups_around_a_process_holds()
    {
        Process("0::/kubepods.slice/pod-7.slice/container", SecondVersionMount);
        Write("sys/fs/cgroup/kubepods.slice/cpu.max", "800000 100000");
        Write("sys/fs/cgroup/kubepods.slice/pod-7.slice/cpu.max", "300000 100000");
        Write("sys/fs/cgroup/kubepods.slice/pod-7.slice/container/cpu.max", "max 100000");

        Assert.Equal(3.0, ControlGroups.ReadQuota(root.Path));
    }

    [Fact]
    public void The_smallest_quota_of_both_versions_holds_where_a_system_has_both()
    {
        Process("4:cpu,cpuacct:/job\n0::/job", FirstVersionMount, SecondVersionMount.Replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ", StringComparison.Ordinal));
        Write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "400000");
        Write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000");
        Write("sys/fs/cgroup/unified/job/cpu.max", "700000 100000");

        Assert.Equal(4.0, ControlGroups.ReadQuota(root.Path));
    }

    [Theory]
    [InlineData("/docker/0123", "/docker/0123/worker", "/worker")]
    [InlineData("/docker/0123", "/docker/0123", "")]
    [InlineData("/docker/0123", "/docker/01234", "")]
    [InlineData("/", "/../../outside", "")]
    [InlineData("/with\\040blank", "/with blank/worker", "/worker")]
    public void A_container_sees_its_own_group_mounted(string mounted, string group, string folder)
    {
        Process($"0::{group}", $"31 23 0:28 {mounted} /sys/fs/cgroup ro - cgroup2 cgroup rw");
        Write($"sys/fs/cgroup{folder}/cpu.max", "250000 100000");

        Assert.Equal(2.5, ControlGroups.ReadQuota(root.Path));
    }

    [Fact]
    public void A_mount_point_may_contain_a_blank()
    {
        Process("0::/", "31 23 0:28 / /mnt/control\\040groups rw - cgroup2 cgroup rw");
        Write("mnt/control groups/cpu.max", "100000 100000");

        Assert.Equal(1.0, ControlGroups.ReadQuota(root.Path));
    }

    [Fact]
    public void Nothing_that_is_missing_or_broken_is_a_quota()
    {
        Assert.Null(ControlGroups.ReadQuota(root.Path));

        Process("0::/", "no mount at all", "31 23 - cgroup2");
        Assert.Null(ControlGroups.ReadQuota(root.Path));

        Process("no group", SecondVersionMount);
        Write("sys/fs/cgroup/cpu.max", "100000 100000");
        Assert.Null(ControlGroups.ReadQuota(root.Path));
    }

    private void Process(string groups, params string[] mounts)
    {
        Write("proc/self/cgroup", groups + "\n");
        Write("proc/self/mountinfo", "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n" + string.Join('\n', mounts) + "\n");
    }

    private void Write(string path, string? content)
    {
        if (content is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root[path])!);
            File.WriteAllText(root[path], content);
        }
    }
}
