using System.Globalization;
using Cass.Distributed;
using Cass.Distributed.Benchmarks;

// usage: mpirun -n PROCESSES … bandwidth [LARGEST-MB]
//        mpirun -n 1 … overhead [ROUNDS]
//        mpirun -n PROCESSES … steps [IMAGES-A-PROCESS] [BATCHES]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var group = ProcessGroups.FromEnvironment();
int Number(int otherwise, int place = 1) => args.Length > place ? int.Parse(args[place]) : otherwise;
switch (args.FirstOrDefault())
{
    case "bandwidth":
        Bandwidth.Measure(group, Number(448));
        return 0;
    case "overhead":
        Overhead.Measure(group, Number(6));
        return 0;
    case "steps":
        Steps.Measure(group, Number(16), Number(10, place: 2));
        return 0;
    default:
        Console.Error.WriteLine("bandwidth [LARGEST-MB], overhead [ROUNDS] or steps [IMAGES-A-PROCESS] [BATCHES]; see README.md");
        return 2;
}
