using Xunit;

// Libtorch's random numbers are the process's: tests that compute run one after another.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: Cass.Tests.Order.ReleasedMemory]
[assembly: TestCollectionOrderer(typeof(Cass.Tests.Order.ShuffledOrder))]
[assembly: TestClassOrderer(typeof(Cass.Tests.Order.ShuffledOrder))]
[assembly: TestMethodOrderer(typeof(Cass.Tests.Order.ShuffledOrder))]
[assembly: TestCaseOrderer(typeof(Cass.Tests.Order.ShuffledOrder))]
